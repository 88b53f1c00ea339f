import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Testing

/// A Leader at work with a real Helper, and a Collector that says what a test wants.
final class LeaderBench: @unchecked Sendable {
    // Used by one test's task only; the aggregators inside are Sendable themselves.
    private(set) var task: BatchTask
    let helper: HelperBench
    let peer: RelayPeer
    /// The Leader's clock: the Helper's, which notes for how long the Leader paused.
    let pauses: RecordingClock
    var settings = AggregatorSettings()
    private(set) var leader: any LeaderService
    private(set) var store: TestStore
    private var driver: Task<Void, Never>?

    var clock: TestClock { helper.clock }
    var now: UInt64 { helper.now }

    init(
        _ task: BatchTask, starting: Bool = true, helperSettings: AggregatorSettings = AggregatorSettings()
    ) throws {
        self.task = task
        helper = try HelperBench(task, settings: helperSettings)
        peer = RelayPeer(helper.helper)
        pauses = RecordingClock(helper.clock)
        store = try Self.store(helper.folder, task)
        leader = try Leader(
            task: try task.aggregator(.leader), store: store, peer: peer, settings: settings,
            machine: .forTests(clock: pauses))
        if starting { start() }
    }

    deinit { driver?.cancel() }

    private static func store(_ folder: String, _ task: BatchTask) throws -> TestStore {
        try TestStore.open(folder + "/leader.sqlite", try task.aggregator(.leader))
    }

    /// Lets the Leader aggregate and collect.
    func start() {
        driver = Task { [leader] in try? await leader.run() }
    }

    func restart() async throws {
        driver?.cancel()
        await driver?.value
        try store.close()
        store = try Self.store(helper.folder, task)
        leader = try Leader(
            task: try task.aggregator(.leader), store: store, peer: peer, settings: settings,
            machine: .forTests(clock: pauses))
        start()
    }

    /// Starts the Leader again with another decryption key in place of its own.
    func restart(exchangingKeyFor key: HpkeKeyPair) async throws {
        task.leaderKey = key
        try await restart()
    }

    // MARK: Uploads

    func upload(_ reports: [Report]) async throws -> [ReportUploadStatus] {
        guard let body = try await leader.upload(body: UploadRequest(reports: reports).encoded()) else { return [] }
        return try UploadErrors(decoding: body).status
    }

    @discardableResult
    func upload(_ values: [Int], time: UInt64? = nil) async throws -> [Report] {
        let reports = try helper.reports(values, time: time)
        #expect(try await upload(reports).isEmpty)
        return reports
    }

    /// What an upload of one report is answered, `nil` if it is taken.
    func error(_ report: Report) async throws -> ReportError? {
        let status = try await upload([report])
        #expect(status.allSatisfy { $0.id == report.metadata.reportID })
        return status.first?.error
    }

    // MARK: Collections

    func request(
        _ query: Query? = nil, parameter: [UInt8]? = nil, extensions: [CollectionJobExtension] = []
    ) throws -> CollectionJobReq {
        let own: Query =
            task.configuration.batchMode == .leaderSelected ? .leaderSelected : .timeInterval(helper.interval())
        return CollectionJobReq(
            query: query ?? own, aggregationParameter: try parameter ?? task.parameter(), extensions: extensions)
    }

    func create(_ request: CollectionJobReq) async throws -> CollectionJobID {
        try await leader.createCollectionJob(body: request.encoded())
    }

    /// Waits for a job's result.
    func ready(_ id: CollectionJobID) async throws -> [UInt8] {
        for _ in 0..<2000 {
            if case .ready(let body, .collectionJobResp) = try await leader.collectionJob(
                id: id, waitingUpTo: .seconds(10))
            {
                return body
            }
        }
        throw TimedOut()
    }

    struct TimedOut: Error {}

    struct Result {
        let response: CollectionJobResp
        let value: VdafResult
    }

    /// Opens a job's result as the Collector does.
    func open(_ body: [UInt8], _ request: CollectionJobReq) throws -> Result {
        let response = try CollectionJobResp(decoding: body)
        let aad = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: request
        ).encoded()
        let shares = try [
            (response.leaderEncryptedAggregateShare, Role.leader),
            (response.helperEncryptedAggregateShare, .helper),
        ].map { ciphertext, role in
            try task.collectorKey.open(ciphertext, label: .aggregateShare(sender: role), associatedData: aad)
        }
        let value = try task.vdaf.unshard(
            aggregationParameter: request.aggregationParameter, aggregateShares: shares,
            count: Int(response.reportCount))
        return Result(response: response, value: value)
    }

    func collect(_ request: CollectionJobReq) async throws -> Result {
        try open(try await ready(try await create(request)), request)
    }

    /// How many reports of each error were turned away.
    func counts() async throws -> [ReportError: UInt64] {
        try await leader.reportCounts().reduce(into: [:]) { $0[$1.error, default: 0] += $1.count }
    }

    /// Whether no report waits for a job, nor a job for its end.
    func isSettled() async throws -> Bool {
        try await store.read("test") { transaction in
            try transaction.openBatchJobs().isEmpty
                && transaction.countWaitingReports(times: 0..<UInt64.max, throughRow: .max, limit: 1) == 0
        }
    }

    /// Waits until a condition holds, a few seconds at most.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<1000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}
