import Aggregator
import AggregatorHTTP
import DAP
import HTTPTypes
import Logging
import Synchronization

/// Remembers what it was asked, and answers as it is told.
final class FakeBackend: Backend {
    let role: Role
    let task = TaskID.random()
    private let requests = Mutex<[ResourceRequest]>([])
    private let reply: @Sendable (ResourceRequest) throws(AggregatorError) -> ResourceAnswer

    init(
        _ role: Role,
        reply: @escaping @Sendable (ResourceRequest) throws(AggregatorError) -> ResourceAnswer = { _ in ResourceAnswer()
        }
    ) {
        self.role = role
        self.reply = reply
    }

    var asked: [ResourceRequest] { requests.withLock { $0 } }

    func hpkeConfigList() -> HpkeConfigList {
        HpkeConfigList(configs: [HpkeConfig(id: 7, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: [1, 2, 3])])
    }

    func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        requests.withLock { $0.append(request) }
        return try reply(request)
    }

    func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        [ReportCount(error: .vdafVerifyError, point: .verification(step: 2, level: 9), count: 3)]
    }

    /// Serves this backend for the time of the body.
    func serving<Result: Sendable>(
        base: String = "/", limits: TransportLimits = quickLimits(),
        _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let handler = ResourceHandler(
            backend: self, url: "http://127.0.0.1:1\(base)",
            tokens: [.leader: BearerToken("leaders-token"), .collector: BearerToken("collectors-token")],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await withServer(handler, limits: limits, body)
    }
}
