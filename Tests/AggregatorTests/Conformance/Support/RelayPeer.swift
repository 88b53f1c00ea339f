import Aggregator
import PopulusDAP
import Synchronization

/// The way from a batch task's Leader to its Helper, which a test can disturb.
final class RelayPeer: HelperPeer {
    enum Call: Sendable, Hashable {
        case create
        case post
        case poll
        case delete
        case share
        case deleteShare
    }

    struct Hooks: Sendable {
        /// Throws what the Leader gets instead of an answer; the Helper is not asked then.
        var onRequest: @Sendable (Call, [UInt8]) throws(PeerError) -> Void = { _, _ in }
        /// Changes an answer, or throws: then it is lost.
        var onAnswer: @Sendable (Call, inout [UInt8]) throws(PeerError) -> Void = { _, _ in }
    }

    struct Sent: Sendable {
        let call: Call
        let body: [UInt8]
    }

    private let helper: any HelperService
    private let hooks = Mutex(Hooks())
    private let log = Mutex<[Sent]>([])

    static let lost = PeerError.transient(reason: "lost", retryAfter: nil)

    init(_ helper: any HelperService) { self.helper = helper }

    func set(_ change: (inout Hooks) -> Void) { hooks.withLock { change(&$0) } }

    /// Everything that the Leader sent, in order, lost requests included.
    var sent: [Sent] { log.withLock { $0 } }

    func sent(_ call: Call) -> [[UInt8]] { sent.filter { $0.call == call }.map(\.body) }

    private func relay<ID: OpaqueID>(
        _ call: Call, _ body: [UInt8], _ act: () async throws(AggregatorError) -> HelperAnswer<ID>
    ) async throws(PeerError) -> HelperAnswer<ID> {
        log.withLock { $0.append(Sent(call: call, body: body)) }
        let hooks = hooks.withLock { $0 }
        try hooks.onRequest(call, body)
        var answer = try await translating(act)
        if case .ready(var bytes, let mediaType) = answer.state {
            try hooks.onAnswer(call, &bytes)
            answer.state = .ready(body: bytes, mediaType: mediaType)
        }
        return answer
    }

    private func translating<T>(_ act: () async throws(AggregatorError) -> T) async throws(PeerError) -> T {
        do throws(AggregatorError) {
            return try await act()
        } catch {
            switch error {
            case .problem(let type, let detail):
                throw .problem(ProblemDocument(type: type, status: 400, detail: detail), status: 400)
            case .unsupportedExtensions(let types):
                throw .problem(
                    ProblemDocument(type: .unsupportedExtension, status: 400, unsupportedExtensions: types),
                    status: 400)
            case .notFound: throw .problem(ProblemDocument(type: nil, status: 404), status: 404)
            default: throw .transient(reason: "\(error)", retryAfter: nil)
            }
        }
    }

    func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> AggregationJobAnswer {
        try await relay(.create, body) { () async throws(AggregatorError) in
            try await helper.createAggregationJob(body: body)
        }
    }

    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        try await relay(.post, body) { () async throws(AggregatorError) in
            try await helper.postAggregationJob(id: id, mediaType: mediaType, body: body)
        }
    }

    func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer {
        try await relay(.poll, [UInt8(step >> 8), UInt8(step & 0xFF)]) { () async throws(AggregatorError) in
            try await helper.aggregationJob(id: id, step: step)
        }
    }

    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        log.withLock { $0.append(Sent(call: .delete, body: id.bytes)) }
        try await translating { () async throws(AggregatorError) in try await helper.deleteAggregationJob(id: id) }
    }

    func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer {
        try await relay(.share, body) { () async throws(AggregatorError) in
            try await helper.createAggregateShare(mediaType: mediaType, body: body)
        }
    }

    func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer {
        try await relay(.poll, []) { () async throws(AggregatorError) in try await helper.aggregateShare(id: id) }
    }

    func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) {
        log.withLock { $0.append(Sent(call: .deleteShare, body: id.bytes)) }
        try await translating { () async throws(AggregatorError) in try await helper.deleteAggregateShare(id: id) }
    }
}
