import Aggregator
import AggregatorServer
import AggregatorServerHarness
import Logging
import PopulusDAP
import Synchronization

/// A Helper that is asked some times before it has an answer.
final class SlowHelper: HelperService {
    let task: AggregatorTask
    let settings = AggregatorSettings()
    let job = AggregationJobID.random()
    let share = AggregateShareID.random()
    /// Polls still to be answered with "not ready", of the job and of the share.
    private let waits: Mutex<(job: Int, share: Int?)>

    /// Whether it answers polls without a step, as for tasks with walks.
    let hasWalks: Bool

    init(polls: Int, hasWalks: Bool = false) throws {
        self.hasWalks = hasWalks
        waits = Mutex((job: polls, share: polls as Int?))
        let key = HpkeKeyPair.generate(id: 1)
        task = try AggregatorTask(
            id: .random(),
            configuration: TaskConfiguration(
                taskInfo: [1], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
                timePrecision: TimePrecision(seconds: 1), minBatchSize: 1, batchMode: .timeInterval,
                vdaf: .poplar1(bits: 8), extensions: []),
            role: .helper, receiver: HpkeReceiver(keyPairs: [key]), collectorConfig: key.config,
            verifyKeys: [0: [UInt8](repeating: 0, count: 32)])
    }

    private let waiting = ResourceState.processing(retryAfter: .milliseconds(1500))

    func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }
    func reportCounts() async throws(AggregatorError) -> [ReportCount] { [] }
    func status() async throws(AggregatorError) -> TaskStatus { throw .notFound }
    let troubles = Troubles(of: nil, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    func run() async throws(AggregatorError) {}

    func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer {
        AggregationJobAnswer(id: job, state: waiting)
    }

    func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        AggregationJobAnswer(id: id, state: waiting)
    }

    func aggregationJob(id: AggregationJobID, step: UInt16?) async throws(AggregatorError) -> AggregationJobAnswer {
        if step == nil, hasWalks { return AggregationJobAnswer(id: id, body: [0x7A], mediaType: .walkVerdictResp) }
        guard step != nil else { throw .problem(.invalidMessage, detail: "the query lacks a step") }
        let isReady = waits.withLock { waits in
            waits.job -= 1
            return waits.job < 0
        }
        guard isReady else { return AggregationJobAnswer(id: id, state: waiting) }
        return AggregationJobAnswer(id: id, body: Array("a".utf8), mediaType: .aggregationJobResp)
    }

    func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {}

    func createAggregateShare(
        mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregateShareAnswer {
        AggregateShareAnswer(id: share, state: waiting)
    }

    func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer {
        let left = waits.withLock { waits -> Int? in
            guard let left = waits.share else { return nil }
            waits.share = left - 1
            return left
        }
        guard let left else { throw .notFound }
        guard left <= 0 else { return AggregateShareAnswer(id: id, state: waiting) }
        return AggregateShareAnswer(id: id, body: Array("s".utf8), mediaType: .aggregateShare)
    }

    func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError) {
        waits.withLock { $0.share = nil }
    }

    /// Serves this Helper for the time of the body.
    func serving<Result: Sendable>(_ body: @Sendable (_ port: Int) async throws -> Result) async throws -> Result {
        let registry = TaskRegistry(role: .helper)
        try registry.add(
            ServedTask(
                backend: HelperBackend(self), url: "http://127.0.0.1/",
                tokens: [.leader: BearerToken("leaders-token")]))
        return try await registry.serving(body)
    }
}
