import Aggregator
import AggregatorHost
import AggregatorServer
import Foundation
import Logging
import PopulusDAP
import PopulusTaskFiles
import StoreMemory
import Synchronization

/// A clock that is set by hand, in seconds since the Epoch.
final class SetClock: AggregatorClock {
    private let time: Mutex<UInt64>

    init(_ time: UInt64 = 1_800_000_000) { self.time = Mutex(time) }

    var now: UInt64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    func pass(_ seconds: UInt64) { time.withLock { $0 += seconds } }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// One process of a role on a disk that outlives it, whose clock is set by hand.
final class RotatingProcess: Sendable {
    let host: TaskHost
    let tasks: OperatedTasks
    private let datastore: MemoryDatastore
    private let resources: ProcessResources

    /// - Parameters:
    ///   - failing: why no store can be opened, if so.
    ///   - looks: counts how often it is asked for what is stored.
    init(
        _ disk: MemoryDisk, clock: SetClock, isShared: Bool = false, period: UInt64? = nil, keep: UInt64? = nil,
        settling: Duration = .zero, failing: StoreError? = nil,
        looks: LookCounter? = nil
    ) throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let datastore = MemoryDatastore(disk, isShared: isShared)
        resources = ProcessResources(logger: logger)
        host = TaskHost(role: disk.role, settings: AggregatorSettings(), resources: resources) { task in
            if let failing { throw failing }
            return try datastore.open(task)
        }
        var policy = RotationPolicy(role: disk.role, pending: 60, period: period, keep: keep)
        policy.settling = settling
        let shelf: any TaskShelf = looks.map { CountingShelf(inner: datastore, counter: $0) } ?? datastore
        tasks = OperatedTasks(host, in: shelf, datastore.replica, clock: clock, rotation: policy, logger: logger)
        self.datastore = datastore
        try tasks.takeUp()
    }

    func end() async throws {
        await resources.shutdown()
        try datastore.close()
    }

    /// The IDs of the keys that clients are told of.
    func offered(_ task: TaskID) -> [UInt8] {
        tasks.advance()
        return host.registry[task]?.backend.hpkeConfigList().configs.map(\.id) ?? []
    }

    /// What opens what was sealed to any key of the process: a receiver whose own key nobody has.
    func receiver() throws -> HpkeReceiver {
        try HpkeReceiver(keyPairs: [.generate(id: 255)], joining: host.keyring)
    }

    func keys(_ task: TaskID) async throws -> [TaskKeyEntry] { try await tasks.show(task).keys ?? [] }

    @discardableResult
    func rotateKey(_ task: TaskID, _ request: KeyRotationRequest = KeyRotationRequest()) async throws -> Bool {
        try await tasks.rotateKey(task, Array(try JSONEncoder().encode(request))).isNew
    }

    @discardableResult
    func change(_ task: TaskID, _ request: TokenRequest) async throws -> TaskDetails {
        try await tasks.changeToken(task, Array(try JSONEncoder().encode(request))).0
    }

    static func disk(_ role: Role) -> MemoryDisk {
        MemoryDisk(role: role, segmentsDirectory: NSTemporaryDirectory(), segmentsAreCache: true)
    }

    static func files() throws -> TaskFileSet {
        try TaskFileSet(
            configuration: TaskConfiguration(
                taskInfo: Array("crashes".utf8), leaderEndpoint: Array("http://127.0.0.1:1/".utf8),
                helperEndpoint: Array("http://127.0.0.1:2/".utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 10, batchMode: .timeInterval, vdaf: .prio3Count, extensions: []), encoding: nil)
    }
}
