import Aggregator
import Foundation
import PopulusDAP
import PopulusSchemes
import PopulusVDAF
import Testing

/// A VDAF that a batch task has in these tests.
enum BatchScheme: CaseIterable, Sendable {
    case count
    case histogram
    case poplar1

    var configuration: VdafConfiguration {
        switch self {
        case .count: .prio3Count
        case .histogram: .prio3Histogram(length: 4, chunkLength: 2)
        case .poplar1: .poplar1(bits: 8)
        }
    }

    /// A measurement made of a number from 0 to 3.
    func measurement(_ value: UInt64) -> VdafMeasurement {
        switch self {
        case .count: .integer(value & 1)
        case .histogram: .integer(value)
        case .poplar1: .bits(Self.path(value))
        }
    }

    /// Poplar1: every two-bit prefix; empty for the others.
    func parameter() throws -> [UInt8] {
        guard self == .poplar1 else { return [] }
        return try Poplar1AggregationParameter(
            level: 1, prefixes: (0..<4).map { Self.path($0).ancestor(level: 1) }
        ).encode()
    }

    /// Another valid parameter of Poplar1.
    static func otherParameter() throws -> [UInt8] {
        try Poplar1AggregationParameter(level: 0, prefixes: [path(0).ancestor(level: 0)]).encode()
    }

    func result(of values: [UInt64]) -> VdafResult {
        if self == .count { return .number(UInt128(values.count { $0 & 1 == 1 })) }
        return .vector((0..<4).map { bucket in UInt128(values.count { $0 == bucket }) })
    }

    /// The number's two bits, then zeros.
    private static func path(_ value: UInt64) -> Prefix {
        Prefix(bits: (0..<8).map { $0 < 2 && value >> (1 - $0) & 1 == 1 })
    }
}

/// A batch task's Helper with a store on disk, and the Leader's half of each report in the test's hands.
final class BatchFixture: @unchecked Sendable {
    // Used by one test's task only; the Helper inside is Sendable itself.
    let scheme: BatchScheme
    let id = TaskID.random()
    let configuration: TaskConfiguration
    let vdaf: any EncodedVdaf
    let clock = TestClock()
    let leaderKey = HpkeKeyPair.generate(id: 1)
    let helperKey = HpkeKeyPair.generate(id: 2)
    let collectorKey = HpkeKeyPair.generate(id: 3)
    let verifyKey: [UInt8] = (0..<32).map { _ in .random(in: 0...255) }
    let batchID: BatchID?
    var settings = AggregatorSettings()
    private(set) var store: TestStore
    private(set) var helper: Helper
    private let folder: String

    init(
        _ scheme: BatchScheme, mode: BatchMode = .timeInterval, minBatchSize: UInt64 = 3, taskInterval: Interval? = nil,
        noise: BatchNoise? = nil, answersLater: Bool = false
    ) throws {
        self.scheme = scheme
        batchID = mode == .leaderSelected ? .random() : nil
        configuration = try TaskConfiguration(
            taskInfo: [1], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
            timePrecision: TimePrecision(seconds: 1), minBatchSize: minBatchSize, batchMode: mode,
            vdaf: scheme.configuration,
            extensions: (taskInterval.map {
                [TaskExtension(type: TaskExtension.taskIntervalType, data: $0.encoded())]
            } ?? []) + (noise.map { [.noise($0)] } ?? []))
        vdaf = try scheme.configuration.makeVdaf()
        settings.answersLater = answersLater
        folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let task = try Self.task(id, configuration, [helperKey], collectorKey, verifyKey)
        store = try Self.store(folder, task)
        helper = try Helper(task: task, store: store, settings: settings, machine: .forTests(clock: clock))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func task(
        _ id: TaskID, _ configuration: TaskConfiguration, _ helperKeys: [HpkeKeyPair], _ collectorKey: HpkeKeyPair,
        _ verifyKey: [UInt8]
    ) throws -> AggregatorTask {
        try AggregatorTask(
            id: id, configuration: configuration, role: .helper, receiver: HpkeReceiver(keyPairs: helperKeys),
            collectorConfig: collectorKey.config, verifyKeys: [7: verifyKey])
    }

    private static func store(_ folder: String, _ task: AggregatorTask) throws -> TestStore {
        try TestStore.open(folder + "/helper.sqlite", task)
    }

    /// Ends the Helper and starts it again from its store, with other decryption keys if there are any.
    func restart(answersLater: Bool? = nil, keys: [HpkeKeyPair]? = nil) throws {
        try store.close()
        let task = try Self.task(id, configuration, keys ?? [helperKey], collectorKey, verifyKey)
        store = try Self.store(folder, task)
        if let answersLater { settings.answersLater = answersLater }
        helper = try Helper(task: task, store: store, settings: settings, machine: .forTests(clock: clock))
    }

    /// Copies the store's files into a folder beside them, or puts back what such a folder has.
    func copyStore(to name: String? = nil, from other: String? = nil) throws {
        try store.close()
        let files = FileManager.default
        let (source, target) = ([folder, other].compactMap { $0 }, [folder, name].compactMap { $0 })
        let (from, to) = (source.joined(separator: "/"), target.joined(separator: "/"))
        try files.createDirectory(atPath: to, withIntermediateDirectories: true)
        for file in try files.contentsOfDirectory(atPath: to) where file.hasPrefix("helper.sqlite") {
            try files.removeItem(atPath: to + "/" + file)
        }
        for file in try files.contentsOfDirectory(atPath: from) where file.hasPrefix("helper.sqlite") {
            try files.copyItem(atPath: from + "/" + file, toPath: to + "/" + file)
        }
        let task = try Self.task(id, configuration, [helperKey], collectorKey, verifyKey)
        store = try Self.store(folder, task)
        helper = try Helper(task: task, store: store, settings: settings, machine: .forTests(clock: clock))
    }

    /// Runs the Helper's own work for the time of the body.
    func running<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        let helper = helper
        let driver = Task { try? await helper.run() }
        // Its store may be closed only when it has ended.
        do {
            let result = try await body()
            driver.cancel()
            await driver.value
            return result
        } catch {
            driver.cancel()
            await driver.value
            throw error
        }
    }

    var ctx: [UInt8] { SpecVersion.vdafContext(for: id) }
}
