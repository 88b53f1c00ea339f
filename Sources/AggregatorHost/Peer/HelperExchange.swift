import Aggregator
import AggregatorServer
import AsyncHTTPClient
import DAP
import HTTPRequests
import NIOCore
import NIOHTTP1

/// One request to the Helper and its answer, sorted into what is ready, what may pass and what will not.
struct HelperExchange: Sendable {
    let client: HTTPClient
    /// The Helper's base URL, with a slash at its end.
    let base: String
    let token: String
    let additionalTokenField: String?
    let limits: HTTPHelperPeer.Limits
    let witness: (any StoreWitness)?
    let clock: PeerClock?
    let misunderstandings = Misunderstandings()

    /// A successful answer to a request that has a representation.
    struct Reply: Sendable {
        let state: ResourceState
        let location: String?

        /// The identifier of the resource that was created: the last segment of its location.
        ///
        /// Relative and absolute locations are alike: the resource lies below the Helper's base URL in any case, and the
        /// token is shown nowhere else.
        ///
        /// Spec: DAP §3.2
        func created<ID: OpaqueID>() throws(PeerError) -> ID {
            let path = location?.prefix { $0 != "?" && $0 != "#" } ?? ""
            guard let id = path.split(separator: "/").last.flatMap({ ID(base64URL: $0) }) else {
                throw HelperExchange.misbehaviour("the Helper's answer does not say where the new resource is")
            }
            return id
        }
    }

    /// Sends a request whose answer is a resource's representation, or nothing yet.
    ///
    /// Spec: DAP §3.1
    func send(
        _ method: HTTPMethod, _ path: String, _ type: MediaType? = nil, _ body: [UInt8] = [],
        expecting: MediaType
    ) async throws(PeerError) -> Reply {
        let (head, content) = try await execute(method, path, type, body)
        let location = head.headers.first(name: "Location")
        if expecting.matches(head.headers.first(name: "Content-Type")) {
            misunderstandings.forget { Misunderstandings.key(method.rawValue, path, body) }
            try hearStore(in: head)
            return Reply(state: .ready(body: content, mediaType: expecting), location: location)
        }
        guard content.isEmpty else {
            // A proxy's page, such as one for maintenance.
            throw misunderstood("its answer is not of the type \(expecting)", method, path, body)
        }
        misunderstandings.forget { Misunderstandings.key(method.rawValue, path, body) }
        try hearStore(in: head)
        let retryAfter = head.headers.first(name: "Retry-After").flatMap { RetryAfter.pause($0) }
        return Reply(state: .processing(retryAfter: retryAfter), location: location)
    }

    func delete(_ path: String) async throws(PeerError) {
        let (head, _) = try await execute(.DELETE, path, nil, [])
        // A page of somebody else is no word that it is gone.
        guard !MediaType.webPage.matches(head.headers.first(name: "Content-Type")) else {
            throw misunderstood("its answer to a deletion is a web page", .DELETE, path, [])
        }
        misunderstandings.forget { Misunderstandings.key("DELETE", path, []) }
        try hearStore(in: head)
    }

    private func execute(
        _ method: HTTPMethod, _ path: String, _ type: MediaType?, _ body: [UInt8]
    ) async throws(PeerError) -> (head: HTTPClientResponse, content: [UInt8]) {
        let (response, content) = try await exchange(method, path, type, body, within: limits.deadline)
        if (300...399).contains(response.status.code) {
            // It is not followed: the token and the shares are for the host of the task alone.
            throw misunderstood("it answered \(response.status.code), a redirect", method, path, body)
        }
        do throws(PeerError) {
            try Self.check(response, content)
        } catch {
            // What is not the Helper's own word says nothing of its store, unless it has the field.
            if case .problem = error { try hearStore(in: response) } else { try hearStore(in: response, ifSaid: true) }
            throw error
        }
        return (response, content)
    }

    /// Sends a request and takes whatever answer there is.
    func exchange(
        _ method: HTTPMethod, _ path: String, _ type: MediaType? = nil, _ body: [UInt8] = [], within time: TimeAmount
    ) async throws(PeerError) -> (head: HTTPClientResponse, content: [UInt8]) {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let additionalTokenField { request.headers.add(name: additionalTokenField, value: token) }
        try sayStore(in: &request)
        sayClock(in: &request)
        if let type {
            request.headers.add(name: "Content-Type", value: type.description)
            request.body = BodyPieces.body(body)
        }
        let deadline = NIODeadline.now() + time
        let response: HTTPClientResponse
        let content: [UInt8]
        do {
            response = try await client.execute(request, deadline: deadline)
            hearClock(in: response)
            let isFine = (200...299).contains(response.status.code)
            content = Array(
                buffer: try await response.body.collect(
                    upTo: isFine ? limits.greatestAnswer : limits.greatestProblem))
        } catch is NIOTooManyBytesError {
            throw Self.misbehaviour("the Helper's answer is larger than \(limits.greatestAnswer) bytes")
        } catch {
            // Whatever keeps bytes from arriving may pass: a Helper that is away, a connection that broke.
            let reason =
                switch ConnectionFailure(error) {
                case .untrustedServer: "the certificate of \(base) is not trusted: \(ConnectionFailure.untrusted)"
                case .noAnswer(let reason): "no answer from \(base): \(reason)"
                }
            throw .transient(reason: reason, retryAfter: nil)
        }
        return (response, content)
    }

    /// Sorts what is no success into what may pass and what will not.
    static func check(_ response: HTTPClientResponse, _ content: [UInt8]) throws(PeerError) {
        let status = Int(response.status.code)
        switch status {
        case 200...299: return
        case 408, 425, 429, 500...599:
            let retryAfter = response.headers.first(name: "Retry-After").flatMap { RetryAfter.pause($0) }
            let what = "the Helper answered \(status)" + (status == 507 ? ": its disk is full" : "")
            throw .transient(reason: what, retryAfter: retryAfter)
        default:
            let isProblem = response.headers.first(name: "Content-Type").map { MediaType.problem.matches($0) } ?? false
            let document = isProblem ? ProblemDocument(decoding: content) : nil
            if let document, document.type == .storeConflict {
                throw .transient(
                    reason: "the Helper refuses: \(document.detail ?? document.type?.title ?? "")", retryAfter: nil)
            }
            guard let document, isVerdict(document) else {
                // A wrong token, another task's Helper, a proxy's page: the setup is wrong, not the batch. What is bound
                // to it would be lost by giving up, and an operator can mend this.
                throw wrongSetup(status, ForeignText.escaped(response.status.reasonPhrase), document)
            }
            throw .problem(document, status: status)
        }
    }

    /// What an operator has to mend before the Helper of this task answers.
    static func wrongSetup(_ status: Int, _ phrase: String, _ document: ProblemDocument?) -> PeerError {
        if status == 413 {
            let size = RouteTable.greatestBody(of: .helper) >> 20
            let who = document?.detail.map { " (\($0))" } ?? ""
            return .tooLarge(
                reason: "it answered 413\(who): the Helper's proxy must take bodies of \(size) MiB; nothing is lost")
        }
        if document?.type == .unrecognizedTask {
            return .transient(
                reason: "the Helper does not serve this task: check the Helper's address, and that it was started with "
                    + "helper.json of the same `task new`; what is uploaded meanwhile may be lost, sealed to another key",
                retryAfter: nil)
        }
        if status == 401 || status == 403 {
            return .transient(
                reason:
                    "it answered \(status) \(phrase), which refuses the Leader's token: check the Helper's address, its "
                    + "task file and the token", retryAfter: nil)
        }
        return .transient(
            reason: "it answered \(status) \(phrase): check the Helper's address, its task file and the token",
            retryAfter: nil)
    }

    /// An answer that is none of the protocol's: worth another try for a time, and then a failure that the Collector is told.
    private func misunderstood(_ what: String, _ method: HTTPMethod, _ path: String, _ body: [UInt8]) -> PeerError {
        let key = Misunderstandings.key(method.rawValue, path, body)
        let elapsed = misunderstandings.note(key)
        guard elapsed < limits.longestMisunderstanding else {
            misunderstandings.forget { key }
            let minutes = limits.longestMisunderstanding.nanoseconds / 60_000_000_000
            return Self.misbehaviour("for \(minutes) minutes the answers from \(base) were none of a Helper's: \(what)")
        }
        return .transient(reason: "\(what): check the Helper's address and the proxy before it", retryAfter: nil)
    }

    /// Whether a Helper of this very task and token judged the request.
    private static func isVerdict(_ document: ProblemDocument) -> Bool {
        switch document.type {
        case nil, .unrecognizedTask?, .storeConflict?, .other?: false
        default: true
        }
    }

    /// What no repetition will mend: the other side does not speak the protocol.
    static func misbehaviour(_ detail: String) -> PeerError {
        .problem(ProblemDocument(type: .invalidMessage, status: 400, detail: detail), status: 400)
    }
}
