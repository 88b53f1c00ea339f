import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Testing

/// Two aggregators in one process, each with a store of its own, and a Collector that asks them.
final class Simulation: @unchecked Sendable {
    // Used by one test's task only; the aggregators inside are Sendable themselves.
    let task: TestTask
    let clock = TestClock()
    /// The Helper's: the same time unless it is set.
    let helperClock: OtherClock
    let peer = FaultyPeer()
    let factory: ReportFactory
    let folder: String
    var settings = AggregatorSettings()
    /// What each aggregator's machine has from its next start on.
    var machine: MachineSettings
    /// The machines of both, where they have other tasks too.
    private let machines: (leader: Machine, helper: Machine)?
    /// What the Helper heard of the Leader's clock, if anything, from its next start on.
    private let openStore: TestStore.Opening
    var leaderClock: PeerClock?
    /// Whether the aggregators tell each other of their stores.
    var tellsOfStores = true
    private(set) var leader: Leader
    private(set) var helper: Helper
    private(set) var leaderStore: TestStore
    private(set) var helperStore: TestStore
    /// Whom clients and the Collector ask, where that is not the Leader alone.
    var front: (any LeaderService)?
    private var driver: Task<Void, Never>?

    /// Several shards even for a handful of reports.
    ///
    /// - Parameter stores: where both have their stores; SQLite files in the simulation's folder unless it says otherwise.
    init(
        _ task: TestTask, shardReports: Int = 7, machines: (leader: Machine, helper: Machine)? = nil,
        stores: TestStore.Opening? = nil
    ) throws {
        self.task = task
        self.machines = machines
        helperClock = OtherClock(clock)
        factory = ReportFactory(task: task, time: clock.now)
        folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        settings.greatestShardReports = shardReports
        machine = .forTests(spillDirectory: folder)
        openStore = stores ?? TestStore.files(in: folder)
        leaderStore = try openStore(try task.aggregator(.leader))
        helperStore = try openStore(try task.aggregator(.helper))
        leader = try Leader(
            task: try task.aggregator(.leader), store: leaderStore, peer: peer, settings: settings,
            machine: machines?.leader ?? .forTests(machine, clock: clock))
        helper = try Helper(
            task: try task.aggregator(.helper), store: helperStore, settings: settings,
            machine: machines?.helper ?? .forTests(machine, clock: helperClock))
        peer.helper.withLock { $0 = helper }
        peer.leaderStore.withLock { $0 = leaderStore }
        peer.helperStore.withLock { $0 = helperStore }
        start()
    }

    deinit {
        driver?.cancel()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func store(_ folder: String, _ task: TestTask, _ role: Role) throws -> TestStore {
        try TestStore.files(in: folder)(try task.aggregator(role))
    }

    private func start() {
        driver = Task { [leader] in try? await leader.run() }
    }

    func stopLeader() async throws {
        driver?.cancel()
        await driver?.value
        try leaderStore.close()
    }

    /// - Parameter store: nothing for the one that the simulation has.
    func startLeader(on store: TestStore? = nil) throws {
        leaderStore = try store ?? openStore(try task.aggregator(.leader))
        leader = try Leader(
            task: try task.aggregator(.leader), store: leaderStore, peer: peer, settings: settings,
            machine: machines?.leader ?? .forTests(machine, clock: clock))
        peer.leaderStore.withLock { $0 = tellsOfStores ? leaderStore : nil }
        start()
    }

    func restartLeader() async throws {
        try await stopLeader()
        try startLeader()
    }

    func stopHelper() throws {
        peer.helper.withLock { $0 = nil }
        try helperStore.close()
    }

    /// - Parameters:
    ///   - store: nothing for the one that the simulation has.
    ///   - aggregator: the task as the Helper has it now; nothing for as it was made.
    func startHelper(on store: TestStore? = nil, as aggregator: AggregatorTask? = nil) throws {
        helperStore = try store ?? openStore(try task.aggregator(.helper))
        helper = try Helper(
            task: try aggregator ?? task.aggregator(.helper), store: helperStore, settings: settings,
            machine: machines?.helper ?? .forTests(machine, clock: helperClock), leaderClock: leaderClock)
        peer.helperStore.withLock { $0 = helperStore }
        peer.helper.withLock { $0 = helper }
    }

    /// Has the Helper tell the time, so many seconds ahead of the Leader's or, below 0, behind it.
    func tellTime(ahead seconds: Int64) {
        let (clock, tolerance) = (helperClock, settings.toleratedClockSkew)
        clock.set(ahead: seconds)
        peer.saysOfClock.withLock { $0 = { clock.said(tolerance: tolerance) } }
    }

    // MARK: - Uploads

    func upload(_ values: [Int]) async throws {
        try await upload(try values.map { try factory.report($0) })
    }

    func upload(_ reports: [Report]) async throws {
        let errors = try await (front ?? leader).upload(body: UploadRequest(reports: reports).encoded())
        #expect(errors == nil)
    }

    // MARK: - The Collector

    struct Result: Sendable {
        let counts: [Int]
        let reportCount: UInt64
        let lateRejections: UInt64
        let batchSelector: BatchSelector
    }

    func request(
        _ walk: WalkID, _ step: UInt16, _ parameter: Poplar1AggregationParameter, query: Query = .leaderSelected
    ) -> CollectionJobReq {
        CollectionJobReq(
            query: query, aggregationParameter: parameter.encode(),
            extensions: [
                CollectionJobExtension(
                    type: WalkCodePoints.provisional.collectionJob,
                    data: WalkJobExtension(walkID: walk, step: step).encoded())
            ])
    }

    /// Asks for a step and waits for it.
    func collect(
        _ walk: WalkID, _ step: UInt16, _ parameter: Poplar1AggregationParameter, query: Query = .leaderSelected
    ) async throws -> Result {
        let request = request(walk, step, parameter, query: query)
        let id = try await (front ?? leader).createCollectionJob(body: request.encoded())
        return try open(try await ready(id), request, parameter)
    }

    /// Polls until the job is ready; the Leader may be restarted meanwhile.
    func ready(_ id: CollectionJobID) async throws -> [UInt8] {
        for _ in 0..<3000 {
            if case .ready(let body, let mediaType) = try await (front ?? leader).collectionJob(
                id: id, waitingUpTo: .seconds(10))
            {
                #expect(mediaType == .walkCollectionJobResp)
                return body
            }
        }
        throw TimedOut()
    }

    struct TimedOut: Error {}

    func open(
        _ body: [UInt8], _ request: CollectionJobReq, _ parameter: Poplar1AggregationParameter
    ) throws -> Result {
        let response = try WalkCollectionJobResp(decoding: body)
        let aad = response.aggregateShareAad(
            base: AggregateShareAad(
                taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: request))
        let poplar1 = try Poplar1(bits: task.bits)
        let shares = try [
            (response.result.leaderEncryptedAggregateShare, Role.leader),
            (response.result.helperEncryptedAggregateShare, .helper),
        ].map { ciphertext, role in
            let bytes = try task.collectorKey.open(
                ciphertext, label: .aggregateShare(sender: role), associatedData: aad.encoded())
            return try FieldVec(
                decoding: bytes.span, isLeaf: poplar1.isLeaf(parameter.level), count: parameter.prefixes.count)
        }
        let isExact = try task.configuration.walkExtension()?.noise == WalkNoise.none
        let counts =
            isExact
            ? try poplar1.unshard(
                parameter, aggregateShares: shares, reportCount: Int(response.result.reportCount))
            : try poplar1.signedSums(parameter, aggregateShares: shares).map { Int($0) }
        return Result(
            counts: counts, reportCount: response.result.reportCount, lateRejections: response.lateRejections,
            batchSelector: response.batchSelector)
    }

    /// Walks as a Collector does, comparing every level with the plaintext, and returns the strings with their counts.
    @discardableResult
    func walk(
        _ values: [Int], threshold: Int, bitsPerStep: Int = 4, query: Query = .leaderSelected,
        alsoAtLevel extra: (Int) -> [Int] = { _ in [] }, beforeStep: (Int) async throws -> Void = { _ in }
    ) async throws -> [Int: Int] {
        let walk = WalkID.random()
        var survivors = [Prefix()]
        var (level, step) = (-1, 0)
        var result: [Int: Int] = [:]
        while level < task.bits - 1, !survivors.isEmpty {
            let next = min(level + bitsPerStep, task.bits - 1)
            let parameter = try Poplar1AggregationParameter(
                level: next, prefixes: survivors.flatMap { Self.extensions($0, to: next) })
            try await beforeStep(step)
            let answer = try await collect(walk, UInt16(step), parameter, query: query)
            let values = values + extra(next)
            let paths = values.map { factory.path($0).ancestor(level: next) }
            let expected = parameter.prefixes.map { prefix in paths.count { $0 == prefix } }
            #expect(answer.counts == expected, "step \(step) at level \(next)")
            #expect(answer.reportCount == UInt64(values.count))
            let kept = zip(parameter.prefixes, answer.counts).filter { $0.1 >= threshold }
            survivors = kept.map(\.0)
            if next == task.bits - 1 {
                result = Dictionary(
                    uniqueKeysWithValues: kept.map { ($0.0.bits.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }, $0.1) })
            }
            (level, step) = (next, step + 1)
        }
        return result
    }

    static func extensions(_ prefix: Prefix, to level: Int) -> [Prefix] {
        var prefixes = [prefix]
        for _ in 0..<(level + 1 - prefix.bitCount) {
            prefixes = prefixes.flatMap { [$0.appending(false), $0.appending(true)] }
        }
        return prefixes
    }
}
