import Aggregator
import AggregatorServer
import Crypto
import HTTPServing
import HTTPServingHarness
import Logging
import PopulusDAP
import PopulusTLS
import Synchronization

/// Remembers what it was asked, and answers as it is told.
package final class FakeBackend: Backend {
    package let role: Role
    package let task = TaskID.random()
    /// Its HPKE configurations, and a byte that tells them from another backend's.
    private let configIDs: [UInt8]
    private let tag: UInt8
    private let requests = Mutex<[ResourceRequest]>([])
    private let reply: @Sendable (ResourceRequest) throws(AggregatorError) -> ResourceAnswer

    package init(
        _ role: Role, configIDs: [UInt8] = [7], tag: UInt8 = 0,
        reply: @escaping @Sendable (ResourceRequest) throws(AggregatorError) -> ResourceAnswer = { _ in ResourceAnswer()
        }
    ) {
        self.role = role
        self.configIDs = configIDs
        self.tag = tag
        self.reply = reply
    }

    package var asked: [ResourceRequest] { requests.withLock { $0 } }

    package func hpkeConfigList() -> HpkeConfigList {
        HpkeConfigList(
            configs: configIDs.map { HpkeConfig(id: $0, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: [1, 2, 3, tag]) })
    }

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        requests.withLock { $0.append(request) }
        return try reply(request)
    }

    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        [ReportCount(error: .vdafVerifyError, point: .verification(step: 2, level: 9), count: 3)]
    }

    package func status() async throws(AggregatorError) -> TaskStatus {
        TaskStatus(role: role, task: task, configuration: [tag])
    }

    /// Serves this backend for the time of the body.
    package func serving<Result: Sendable>(
        base: String = "/", limits: TransportLimits = quickLimits(), origins: AllowedOrigins = .none,
        _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let registry = TaskRegistry(role: role)
        try registry.add(served(url: "http://127.0.0.1:1\(base)"))
        return try await registry.serving(limits: limits, origins: origins, body)
    }

    /// This backend with its tokens.
    ///
    /// - Parameters:
    ///   - uploadTokens: of which a client shows one; none where anybody may upload.
    ///   - pinned: of which certificates a party shows one in place of its token.
    package func served(
        url: String = "http://127.0.0.1:1/", leadersToken: String = "leaders-token", uploadTokens: [String] = [],
        pinned: [RouteRow.Caller: [PinnedPeer]] = [:]
    ) -> ServedTask {
        ServedTask(
            backend: self, url: url,
            tokens: [.leader: BearerToken(leadersToken), .collector: BearerToken("collectors-token")],
            uploadTokens: UploadTokens(digests: uploadTokens.map { Array(SHA256.hash(data: Array($0.utf8))) }),
            pinned: pinned)
    }
}

extension TaskRegistry {
    /// Serves the registry's tasks for the time of the body.
    package func serving<Result: Sendable>(
        limits: TransportLimits = quickLimits(), origins: AllowedOrigins = .none,
        _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let handler = ResourceHandler(
            registry: self, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await withServer(CrossOriginHandler(handler, origins: origins), limits: limits, body)
    }

    /// Serves the registry's tasks, and what is for the operator on another port, for the time of the body.
    package func servingAdmin<Result: Sendable>(
        origins: AllowedOrigins = .none, _ body: @Sendable (_ port: Int, _ admin: Int) async throws -> Result
    ) async throws -> Result {
        let handler = ResourceHandler(
            registry: self, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await withServer(CrossOriginHandler(handler, origins: origins)) { port in
            try await withServer(AdminHandler(of: handler)) { admin in try await body(port, admin) }
        }
    }
}
