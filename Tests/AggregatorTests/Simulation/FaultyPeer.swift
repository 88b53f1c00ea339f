import Aggregator
import PopulusDAP
import Synchronization

/// The way from Leader to Helper, with faults: requests and answers get lost, are sent twice or are changed.
final class FaultyPeer: HelperPeer {
    enum Call: Sendable, Equatable {
        case create
        case post(MediaType)
        case delete
        case share
        /// A step's last verdicts, and the request for its share.
        case finish
        /// GET of an aggregation job or an aggregate share.
        case poll
        case deleteShare
    }

    /// What a Helper answers; not ready yet without a body.
    private struct Reply: Sendable, Equatable {
        var bytes: [UInt8]
        var isReady = true

        /// For a resource whose identifier the Leader knows.
        static let withheld = {
            var reply = Reply([])
            reply.isReady = false
            return reply
        }()

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// The identifier's bytes, then the body's.
        init<ID: OpaqueID>(_ answer: HelperAnswer<ID>) {
            bytes = answer.id.bytes
            if case .ready(let body, _) = answer.state { bytes += body } else { isReady = false }
        }

        func answer<ID: OpaqueID>(_ mediaType: MediaType) throws(PeerError) -> HelperAnswer<ID> {
            guard let id = ID(bytes: bytes.prefix(ID.byteCount)) else {
                throw .transient(reason: "no id", retryAfter: nil)
            }
            guard isReady else { return HelperAnswer(id: id, state: .processing(retryAfter: nil)) }
            return HelperAnswer(id: id, body: Array(bytes.dropFirst(ID.byteCount)), mediaType: mediaType)
        }
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
        /// The Helper acts, and answers as if it were still at work.
        case withhold
        /// The Helper refuses the request.
        case refuse(ProblemType)
    }

    struct Hooks: Sendable {
        var onRequest: @Sendable (Call, inout [UInt8]) -> Fault = { _, _ in .none }
        var onAnswer: @Sendable (Call, inout [UInt8]) -> Void = { _, _ in }
    }

    /// Absent while `nil`.
    let helper = Mutex<(any HelperService)?>(nil)
    let hooks = Mutex(Hooks())
    /// The stores of both sides, which tell each other what they are with every message.
    let leaderStore = Mutex<(any StoreWitness)?>(nil)
    let helperStore = Mutex<(any StoreWitness)?>(nil)
    /// Everything that was sent, in order.
    let sent = Mutex<[(call: Call, job: AggregationJobID?, body: [UInt8])]>([])

    /// What the Helper says of its clock; nothing while there is none.
    let saysOfClock = Mutex<(@Sendable () -> HelperClock?)?>(nil)

    func clock(task: TaskID, isAnew: Bool) async throws(PeerError) -> HelperClock? {
        guard let says = saysOfClock.withLock({ $0 }) else { return nil }
        guard helper.withLock({ $0 }) != nil else { throw .transient(reason: "connection refused", retryAfter: nil) }
        return says()
    }

    func set(_ change: (inout Hooks) -> Void) { hooks.withLock { change(&$0) } }

    func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> AggregationJobAnswer {
        try await send(.create, nil, body) { helper, body in
            Reply(try await helper.createAggregationJob(body: body))
        }.answer(.aggregationJobResp)
    }

    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        let reply = try await send(.post(mediaType), id, body) { helper, body in
            let answer = try await helper.postAggregationJob(id: id, mediaType: mediaType, body: body)
            var reply = Reply(answer.body)
            if case .processing = answer.state { reply.isReady = false }
            return reply
        }
        guard reply.isReady else { return AggregationJobAnswer(id: id, state: .processing(retryAfter: nil)) }
        return AggregationJobAnswer(id: id, body: reply.bytes, mediaType: mediaType)
    }

    func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer {
        try await send(.poll, id, []) { helper, _ in
            Reply(try await helper.aggregationJob(id: id, step: step))
        }.answer(.aggregationJobResp)
    }

    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        _ = try await send(.delete, id, []) { helper, _ in
            try await helper.deleteAggregationJob(id: id)
            return Reply([])
        }
    }

    /// The identifier is not part of what hooks see.
    func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer {
        let id = Mutex<AggregateShareID?>(nil)
        let call = mediaType == .walkFinishReq ? Call.finish : .share
        let reply = try await send(call, nil, body) { helper, body in
            let answer = try await helper.createAggregateShare(mediaType: mediaType, body: body)
            id.withLock { $0 = answer.id }
            var reply = Reply(answer.body)
            if case .processing = answer.state { reply.isReady = false }
            return reply
        }
        let known = id.withLock { $0 } ?? .random()
        guard reply.isReady else { return AggregateShareAnswer(id: known, state: .processing(retryAfter: nil)) }
        return AggregateShareAnswer(id: known, body: reply.bytes, mediaType: .aggregateShare)
    }

    func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer {
        try await send(.poll, nil, []) { helper, _ in
            Reply(try await helper.aggregateShare(id: id))
        }.answer(.aggregateShare)
    }

    func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) {
        _ = try await send(.deleteShare, nil, []) { helper, _ in
            try await helper.deleteAggregateShare(id: id)
            return Reply([])
        }
    }

    private func send(
        _ call: Call, _ job: AggregationJobID?, _ body: [UInt8],
        _ act: @escaping @Sendable (any HelperService, [UInt8]) async throws -> Reply
    ) async throws(PeerError) -> Reply {
        let hooks = hooks.withLock { $0 }
        var body = body
        let fault = hooks.onRequest(call, &body)
        guard let helper = helper.withLock({ $0 }) else {
            throw .transient(reason: "connection refused", retryAfter: nil)
        }
        if case .loseRequest = fault { throw .transient(reason: "request lost", retryAfter: nil) }
        if case .answer(let bytes) = fault { return Reply(bytes) }
        if case .refuse(let type) = fault { throw .problem(ProblemDocument(type: type), status: 400) }
        sent.withLock { $0.append((call, job, body)) }
        do {
            let stores = (leader: leaderStore.withLock { $0 }, helper: helperStore.withLock { $0 })
            if let leader = stores.leader { try await stores.helper?.hear(leader.statement) }
            var answer: Reply
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
            let said = stores.helper?.statement
            if case .loseAnswer = fault { throw PeerError.transient(reason: "answer lost", retryAfter: nil) }
            if let said { try await stores.leader?.hear(said) }
            if case .withhold = fault { answer = Reply.withheld }
            if answer.isReady { hooks.onAnswer(call, &answer.bytes) }
            return answer
        } catch let error as PeerError {
            throw error
        } catch let conflict as StoreConflict {
            throw .transient(reason: conflict.description, retryAfter: nil)
        } catch AggregatorError.problem(let type, let detail) {
            throw .problem(ProblemDocument(type: type, detail: detail), status: 400)
        } catch {
            throw .transient(reason: "\(error)", retryAfter: nil)
        }
    }
}

extension AggregationJobAnswer {
    /// The body of a ready answer.
    var body: [UInt8] { if case .ready(let body, _) = state { body } else { [] } }
}

extension AggregateShareAnswer {
    /// The body of a ready answer.
    var body: [UInt8] { if case .ready(let body, _) = state { body } else { [] } }
}
