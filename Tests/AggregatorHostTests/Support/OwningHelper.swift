import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import Logging
import PopulusDAP
import PopulusTLS
import Synchronization

/// A process that has jobs in memory: remembers what was passed on to it, and answers as it is told.
final class OwningHelper: ReplicaService {
    /// The store's, of which its token is made.
    static let secret = [UInt8](1...32)

    let backend: FakeBackend
    private let requests = Mutex<[JobRequest]>([])
    private let reply: @Sendable (JobRequest) async throws(AggregatorError) -> ResourceState

    init(
        _ role: Role = .helper,
        reply: @escaping @Sendable (JobRequest) async throws(AggregatorError) -> ResourceState
    ) {
        backend = FakeBackend(role)
        self.reply = reply
    }

    var asked: [JobRequest] { requests.withLock { $0 } }

    func answer(forwarded request: JobRequest) async throws(AggregatorError) -> AggregationJobAnswer {
        requests.withLock { $0.append(request) }
        return AggregationJobAnswer(id: request.id, state: try await reply(request))
    }

    /// Serves what it serves strangers and its peer, and on another port the other processes, for the time of the body.
    ///
    /// - Parameter tls: what it shows the other processes; nothing for plain HTTP.
    func serving<Result: Sendable>(
        refusal: StoreError? = nil, tls: ServerTLS? = nil,
        _ body: @Sendable (_ port: Int, _ outer: Int) async throws -> Result
    ) async throws -> Result {
        let registry = TaskRegistry(role: backend.role)
        try registry.add(
            ServedTask(
                backend: backend, url: "http://127.0.0.1:1/", tokens: [.leader: BearerToken("leaders-token")],
                refusal: refusal, forwarded: self))
        let handler = ResourceHandler(
            registry: registry, logger: .silent)
        return try await withServer(handler) { outer in
            let replicas = ReplicaHandler(of: handler, token: ReplicaSecret(Self.secret).expected)
            return try await withServer(replicas, tls: tls) { port in
                try await body(port, outer)
            }
        }
    }
}

/// Elements that are handed out one after the other.
final class HandedOut<Element: Sendable>: Sendable {
    private let left: Mutex<[Element]>

    init(_ elements: [Element]) { left = Mutex(elements.reversed()) }

    /// There has to be one left.
    func next() -> Element { left.withLock { $0.removeLast() } }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
