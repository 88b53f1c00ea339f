import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Testing

/// Two aggregators of one batch task in one process, each with a store of its own, and a Collector that asks them.
final class BatchSimulation: @unchecked Sendable {
    // Used by one test's task only; the aggregators inside are Sendable themselves.
    let task: TestTask
    let clock = TestClock()
    /// The Helper's: the same time unless it is set.
    let helperClock: OtherClock
    let peer = FaultyPeer()
    let vdaf: any EncodedVdaf
    let folder: String
    var settings = AggregatorSettings()
    private let openStore: TestStore.Opening
    private(set) var leader: any LeaderService
    private(set) var helper: any HelperService
    private(set) var leaderStore: TestStore
    private(set) var helperStore: TestStore
    /// Whom clients and the Collector ask, where that is not the Leader alone.
    var front: (any LeaderService)?
    private var drivers: [Task<Void, Never>] = []

    /// Several jobs even for a handful of reports.
    ///
    /// - Parameter stores: where both have their stores; SQLite files in the simulation's folder unless it says otherwise.
    init(
        _ task: TestTask, jobReports: Int = 5, change: (inout AggregatorSettings) -> Void = { _ in },
        stores: TestStore.Opening? = nil
    ) throws {
        self.task = task
        helperClock = OtherClock(clock)
        vdaf = try task.configuration.vdaf.makeVdaf()
        folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        settings.greatestJobReports = jobReports
        change(&settings)
        openStore = stores ?? TestStore.files(in: folder)
        leaderStore = try openStore(try task.aggregator(.leader))
        helperStore = try openStore(try task.aggregator(.helper))
        leader = try Leader(
            task: try task.aggregator(.leader), store: leaderStore, peer: peer, settings: settings,
            machine: .forTests(clock: clock))
        helper = try Helper(
            task: try task.aggregator(.helper), store: helperStore, settings: settings,
            machine: .forTests(clock: helperClock))
        peer.helper.withLock { $0 = helper }
        drivers = [run(leader), run(helper)]
    }

    deinit {
        for driver in drivers { driver.cancel() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func run(_ leader: any LeaderService) -> Task<Void, Never> { Task { try? await leader.run() } }
    private func run(_ helper: any HelperService) -> Task<Void, Never> { Task { try? await helper.run() } }

    func stopLeader() async throws {
        drivers[0].cancel()
        await drivers[0].value
        try leaderStore.close()
    }

    func startLeader() throws {
        leaderStore = try openStore(try task.aggregator(.leader))
        leader = try Leader(
            task: try task.aggregator(.leader), store: leaderStore, peer: peer, settings: settings,
            machine: .forTests(clock: clock))
        drivers[0] = run(leader)
    }

    func restartLeader() async throws {
        try await stopLeader()
        try startLeader()
    }

    /// Ends the one process of each role.
    func stop() async throws {
        try await stopLeader()
        try await stopHelper()
    }

    func stopHelper() async throws {
        peer.helper.withLock { $0 = nil }
        drivers[1].cancel()
        await drivers[1].value
        try helperStore.close()
    }

    func restartHelper() async throws {
        try await stopHelper()
        helperStore = try openStore(try task.aggregator(.helper))
        helper = try Helper(
            task: try task.aggregator(.helper), store: helperStore, settings: settings,
            machine: .forTests(clock: helperClock))
        drivers[1] = run(helper)
        peer.helper.withLock { $0 = helper }
    }

    /// Has the Helper tell the time, so many seconds ahead of the Leader's or, below 0, behind it.
    func tellTime(ahead seconds: Int64) {
        let (clock, tolerance) = (helperClock, settings.toleratedClockSkew)
        clock.set(ahead: seconds)
        peer.saysOfClock.withLock { $0 = { clock.said(tolerance: tolerance) } }
    }

    // MARK: - Clients

    /// Now, in the task's time precision.
    var now: UInt64 { clock.now / task.configuration.timePrecision.seconds }

    /// - Parameter forging: what a cheating client changes in the encoded shares, after sharding and before sealing.
    func report(
        _ measurement: VdafMeasurement, id: ReportID = .random(), time: UInt64? = nil, sealedFor other: TestTask? = nil,
        forging: (_ publicShare: inout [UInt8], _ inputShares: inout [[UInt8]]) -> Void = { _, _ in }
    ) throws -> Report {
        var (publicShare, inputShares) = try vdaf.shard(
            ctx: SpecVersion.vdafContext(for: task.id), measurement: measurement, nonce: id.bytes,
            rand: (0..<vdaf.randSize).map { _ in .random(in: 0...255) })
        forging(&publicShare, &inputShares)
        let metadata = ReportMetadata(reportID: id, time: Time(units: time ?? now))
        let sealing = other ?? task
        let aad = InputShareAad(
            taskID: sealing.id, taskConfiguration: sealing.configuration, reportMetadata: metadata,
            publicShare: publicShare
        ).encoded()
        func seal(_ share: [UInt8], _ config: HpkeConfig, _ role: Role) throws -> HpkeCiphertext {
            try config.seal(
                PlaintextInputShare(payload: share).encoded(), label: .inputShare(recipient: role), associatedData: aad)
        }
        return Report(
            metadata: metadata, publicShare: publicShare,
            leaderEncryptedInputShare: try seal(inputShares[0], task.leaderKey.config, .leader),
            helperEncryptedInputShare: try seal(inputShares[1], task.helperKey.config, .helper))
    }

    /// Uploads reports that must be taken.
    func upload(_ measurements: [VdafMeasurement], time: UInt64? = nil) async throws {
        #expect(try await upload(measurements.map { try report($0, time: time) }) == [])
    }

    /// Uploads reports and returns what is said of them.
    func upload(_ reports: [Report]) async throws -> [ReportError] {
        let errors = try await (front ?? leader).upload(body: UploadRequest(reports: reports).encoded())
        return try errors.map { try UploadErrors(decoding: $0).status.map(\.error) } ?? []
    }

    // MARK: - The Collector

    struct Result: Sendable {
        let value: VdafResult
        let count: UInt64
        let interval: Interval
    }

    /// The query for everything around now.
    var query: Query {
        switch task.configuration.batchMode {
        case .leaderSelected: .leaderSelected
        case .timeInterval: interval(-50, 51)
        }
    }

    func interval(_ offset: Int64, _ duration: UInt64) -> Query {
        .timeInterval(
            Interval(
                start: Time(units: UInt64(Int64(now) + offset)), duration: TimeDuration(units: duration)))
    }

    func create(_ query: Query? = nil, parameter: [UInt8] = []) async throws -> CollectionJobID {
        let request = CollectionJobReq(query: query ?? self.query, aggregationParameter: parameter)
        return try await (front ?? leader).createCollectionJob(body: request.encoded())
    }

    func collect(_ query: Query? = nil, parameter: [UInt8] = []) async throws -> Result {
        let id = try await create(query, parameter: parameter)
        return try open(try await ready(id), query, parameter)
    }

    func ready(_ id: CollectionJobID) async throws -> [UInt8] {
        for _ in 0..<3000 {
            let leader = front ?? leader
            if case .ready(let body, let mediaType) = try await leader.collectionJob(id: id, waitingUpTo: .seconds(10))
            {
                #expect(mediaType == .collectionJobResp)
                return body
            }
        }
        throw Simulation.TimedOut()
    }

    func open(_ body: [UInt8], _ query: Query? = nil, _ parameter: [UInt8] = []) throws -> Result {
        let response = try CollectionJobResp(decoding: body)
        let shares = try shares(response, query, parameter)
        return Result(
            value: try vdaf.unshard(
                aggregationParameter: parameter, aggregateShares: shares, count: Int(response.reportCount)),
            count: response.reportCount, interval: response.interval)
    }

    /// Both aggregators' shares, the Leader's first.
    ///
    /// - Parameter other: what the Collector takes for the task's configuration.
    func shares(
        _ response: CollectionJobResp, _ query: Query? = nil, _ parameter: [UInt8] = [],
        _ other: TaskConfiguration? = nil
    ) throws -> [[UInt8]] {
        let request = CollectionJobReq(query: query ?? self.query, aggregationParameter: parameter)
        let aad = AggregateShareAad(
            taskID: task.id, taskConfiguration: other ?? task.configuration, collectionJobReq: request
        ).encoded()
        return try [
            (response.leaderEncryptedAggregateShare, Role.leader), (response.helperEncryptedAggregateShare, .helper),
        ].map { try task.collectorKey.open($0, label: .aggregateShare(sender: $1), associatedData: aad) }
    }

    /// Waits until the Leader has nothing to aggregate any more.
    func settled() async throws {
        for _ in 0..<2000 {
            let isBusy = try await leaderStore.read("test") { transaction in
                try !transaction.openBatchJobs().isEmpty
                    || transaction.countWaitingReports(times: 0..<UInt64.max, throughRow: .max, limit: 1) > 0
            }
            if !isBusy { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Simulation.TimedOut()
    }
}
