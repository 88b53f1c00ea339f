import Aggregator
import DAP
import Synchronization

/// The way from Leader to Helper, with faults: requests and answers get lost, are sent twice or are changed.
final class FaultyPeer: HelperPeer {
    enum Call: Sendable, Equatable {
        case create
        case post(MediaType)
        case delete
        case share
    }

    enum Fault: Sendable {
        case none
        /// The Helper never sees the request.
        case loseRequest
        /// The Helper acts, and the Leader never learns of it.
        case loseAnswer
        /// The Helper gets the request twice at the same time.
        case duplicate
        /// The Helper is not asked; the Leader gets this instead.
        case answer([UInt8])
    }

    struct Hooks: Sendable {
        var onRequest: @Sendable (Call, inout [UInt8]) -> Fault = { _, _ in .none }
        var onAnswer: @Sendable (Call, inout [UInt8]) -> Void = { _, _ in }
    }

    /// Absent while `nil`.
    let helper = Mutex<(any HelperService)?>(nil)
    let hooks = Mutex(Hooks())
    /// Everything that was sent, in order.
    let sent = Mutex<[(call: Call, job: AggregationJobID?, body: [UInt8])]>([])

    func set(_ change: (inout Hooks) -> Void) { hooks.withLock { change(&$0) } }

    func createAggregationJob(
        task: TaskID, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        let answer = try await send(.create, nil, body) { helper, body in
            let answer = try await helper.createAggregationJob(body: body)
            return answer.id.bytes + answer.body
        }
        guard let id = AggregationJobID(bytes: answer.prefix(16)) else {
            throw .transient(reason: "no id", retryAfter: nil)
        }
        return AggregationJobAnswer(id: id, body: Array(answer.dropFirst(16)), mediaType: .aggregationJobResp)
    }

    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        let answer = try await send(.post(mediaType), id, body) { helper, body in
            try await helper.postAggregationJob(id: id, mediaType: mediaType, body: body).body
        }
        return AggregationJobAnswer(id: id, body: answer, mediaType: mediaType)
    }

    func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer {
        throw .transient(reason: "a walk's Helper answers at once", retryAfter: nil)
    }

    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        _ = try await send(.delete, id, []) { helper, _ in
            try await helper.deleteAggregationJob(id: id)
            return []
        }
    }

    func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer {
        let answer = try await send(.share, nil, body) { helper, body in
            try await helper.createAggregateShare(mediaType: mediaType, body: body).body
        }
        return AggregateShareAnswer(id: .random(), body: answer, mediaType: .aggregateShare)
    }

    func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer {
        throw .transient(reason: "a walk's Helper answers at once", retryAfter: nil)
    }

    func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) {}

    private func send(
        _ call: Call, _ job: AggregationJobID?, _ body: [UInt8],
        _ act: @escaping @Sendable (any HelperService, [UInt8]) async throws -> [UInt8]
    ) async throws(PeerError) -> [UInt8] {
        let hooks = hooks.withLock { $0 }
        var body = body
        let fault = hooks.onRequest(call, &body)
        guard let helper = helper.withLock({ $0 }) else {
            throw .transient(reason: "connection refused", retryAfter: nil)
        }
        if case .loseRequest = fault { throw .transient(reason: "request lost", retryAfter: nil) }
        if case .answer(let bytes) = fault { return bytes }
        sent.withLock { $0.append((call, job, body)) }
        do {
            var answer: [UInt8]
            if case .duplicate = fault {
                let request = body
                async let first = act(helper, request)
                async let second = act(helper, request)
                let (one, other) = (try await first, try await second)
                guard one == other else { throw PeerError.problem(ProblemDocument(type: nil), status: 599) }
                answer = one
            } else {
                answer = try await act(helper, body)
            }
            if case .loseAnswer = fault { throw PeerError.transient(reason: "answer lost", retryAfter: nil) }
            hooks.onAnswer(call, &answer)
            return answer
        } catch let error as PeerError {
            throw error
        } catch AggregatorError.problem(let type, let detail) {
            throw .problem(ProblemDocument(type: type, detail: detail), status: 400)
        } catch {
            throw .transient(reason: "\(error)", retryAfter: nil)
        }
    }
}
