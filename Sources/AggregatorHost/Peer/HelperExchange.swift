import Aggregator
import AggregatorServer
import NIOCore
import PopulusDAP
import PopulusHTTPRequests

/// One request to the Helper and its answer, sorted into what is ready, what may pass and what will not.
struct HelperExchange: Sendable {
    let sender: RequestSender
    /// The Helper's base URL, with a slash at its end.
    let base: String
    /// What is shown with a request that begins now.
    let token: @Sendable () -> String
    let limits: HTTPHelperPeer.Limits
    let witness: (any StoreWitness)?
    let clock: PeerClock?
    /// What goes with every request besides.
    let fields: [String: String]
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
        _ method: DAPRequest.Method, _ path: String, _ type: MediaType? = nil, _ body: [UInt8] = [],
        expecting: MediaType
    ) async throws(PeerError) -> Reply {
        let answer = try await execute(method, path, type, body)
        if answer.has(expecting) {
            misunderstandings.forget { Misunderstandings.key(method.rawValue, path, body) }
            try await hearStore(in: answer)
            return Reply(state: .ready(body: answer.body, mediaType: expecting), location: answer.location)
        }
        guard answer.body.isEmpty else {
            // A proxy's page, such as one for maintenance.
            throw misunderstood("its answer is not of the type \(expecting)", method, path, body)
        }
        misunderstandings.forget { Misunderstandings.key(method.rawValue, path, body) }
        try await hearStore(in: answer)
        return Reply(state: .processing(retryAfter: answer.retryAfter), location: answer.location)
    }

    func delete(_ path: String) async throws(PeerError) {
        let answer = try await execute(.delete, path, nil, [])
        // A page of somebody else is no word that it is gone.
        guard !answer.isWebPage else {
            throw misunderstood("its answer to a deletion is a web page", .delete, path, [])
        }
        misunderstandings.forget { Misunderstandings.key("DELETE", path, []) }
        try await hearStore(in: answer)
    }

    private func execute(
        _ method: DAPRequest.Method, _ path: String, _ type: MediaType?, _ body: [UInt8]
    ) async throws(PeerError) -> DAPAnswer {
        let heard = try await exchange(method, path, type, body, within: limits.deadline)
        if case .strange(let answer) = heard.outcome {
            // It is not followed: the token and the shares are for the host of the task alone.
            throw misunderstood("it answered \(answer.status), a redirect", method, path, body)
        }
        do throws(PeerError) {
            try Self.check(heard)
        } catch {
            // What is not the Helper's own word says nothing of its store, unless it has the field.
            if case .problem = error {
                try await hearStore(in: heard.answer)
            } else {
                try await hearStore(in: heard.answer, ifSaid: true)
            }
            throw error
        }
        return heard.answer
    }

    /// An answer of the Helper, or of whoever answers in its place.
    struct Heard: Sendable {
        let answer: DAPAnswer
        let outcome: RequestOutcome
    }

    /// Sends a request and takes whatever answer there is.
    func exchange(
        _ method: DAPRequest.Method, _ path: String, _ type: MediaType? = nil, _ body: [UInt8] = [],
        within time: TimeAmount
    ) async throws(PeerError) -> Heard {
        var fields = self.fields
        try sayStore(in: &fields)
        sayClock(in: &fields)
        let request = DAPRequest(
            method, base + path, token: token(), contentType: type, body: body, fields: fields)
        let outcome = await sender.send(request, within: time, limit: limits.greatestAnswer) { hearClock(in: $0) }
        switch outcome {
        case .answered(let answer), .strange(let answer): return Heard(answer: answer, outcome: outcome)
        case .refused(let refusal): return Heard(answer: refusal.answer, outcome: outcome)
        case .unanswered(.tooLong(let limit)):
            throw Self.misbehaviour("the Helper's answer is larger than \(limit) bytes")
        // Whatever keeps bytes from arriving may pass: a Helper that is away, a connection that broke.
        case .unanswered(.untrustedServer):
            throw .transient(
                reason: "the certificate of \(base) is not trusted: \(ConnectionFailure.untrusted)", retryAfter: nil)
        case .unanswered(.noAnswer(let reason)), .unanswered(.noAddress(let reason)):
            throw .transient(reason: "no answer from \(base): \(reason)", retryAfter: nil)
        case .unanswered(.cancelled):
            throw .transient(reason: "no answer from \(base): it is no longer waited for", retryAfter: nil)
        }
    }

    /// Sorts what is no success into what may pass and what will not.
    static func check(_ heard: Heard) throws(PeerError) {
        switch heard.outcome {
        case .answered, .unanswered: return
        case .refused(let refusal): throw failure(refusal)
        case .strange(let answer): throw wrongSetup(answer, nil)
        }
    }

    /// What a refusal means to a Leader: it gives up only what a Helper of this very task has judged.
    static func failure(_ refusal: ServerRefusal) -> PeerError {
        let (answer, document) = (refusal.answer, refusal.statedDocument)
        if refusal.isOfAFailingServer {
            let what = "the Helper answered \(answer.status)" + (answer.status == 507 ? ": its disk is full" : "")
            return .transient(reason: what, retryAfter: answer.retryAfter)
        }
        if let document, document.type == .storeConflict {
            return .transient(
                reason: "the Helper refuses: \(document.detail ?? document.type?.title ?? "")", retryAfter: nil)
        }
        guard let document, isVerdict(document) else {
            // A wrong token, another task's Helper, a proxy's page: the setup is wrong, not the batch. What is bound
            // to it would be lost by giving up, and an operator can mend this.
            return wrongSetup(answer, document)
        }
        return .problem(document, status: answer.status)
    }

    /// What an operator has to mend before the Helper of this task answers.
    private static func wrongSetup(_ answer: DAPAnswer, _ document: ProblemDocument?) -> PeerError {
        let (status, phrase) = (answer.status, answer.phrase)
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
        if document?.type == .invalidTask {
            let said = document?.detail.map { ": \($0)" } ?? ""
            return .transient(
                reason: "the Helper takes no part in this task, which requests bring: ask its operator\(said)",
                retryAfter: nil)
        }
        if status == 401 || status == 403 {
            let said = document?.detail.map { " (\($0))" } ?? ""
            return .transient(
                reason:
                    "it answered \(status) \(phrase), which refuses the Leader's token or certificate\(said): check the Helper's "
                    + "address, its task file, and the token or the certificate that it expects", retryAfter: nil)
        }
        return .transient(
            reason: "it answered \(status) \(phrase): check the Helper's address, its task file and the token",
            retryAfter: nil)
    }

    /// An answer that is none of the protocol's: worth another try for a time, and then a failure that the Collector is told.
    private func misunderstood(
        _ what: String, _ method: DAPRequest.Method, _ path: String, _ body: [UInt8]
    ) -> PeerError {
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
        case nil, .unrecognizedTask?, .invalidTask?, .storeConflict?, .other?: false
        default: true
        }
    }

    /// What no repetition will mend: the other side does not speak the protocol.
    static func misbehaviour(_ detail: String) -> PeerError {
        .problem(ProblemDocument(type: .invalidMessage, status: 400, detail: detail), status: 400)
    }
}
