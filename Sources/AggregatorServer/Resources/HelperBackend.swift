import Aggregator
import PopulusDAP

/// The Helper's resources.
package struct HelperBackend: Backend {
    private let helper: any HelperService

    package init(_ helper: any HelperService) {
        self.helper = helper
    }

    package var role: Role { .helper }
    package var task: TaskID { helper.task.id }

    package func hpkeConfigList() -> HpkeConfigList { helper.hpkeConfigList() }

    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await helper.reportCounts()
    }

    package var storeMeter: StoreMeter? { helper.storeMeter }
    package func figures() async throws(AggregatorError) -> TaskFigures { try await helper.figures() }
    package func status() async throws(AggregatorError) -> TaskStatus { try await helper.status() }
    package var troubles: Troubles? { helper.troubles }

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        switch request.operation {
        case .createAggregationJob:
            let answer = try await helper.createAggregationJob(body: request.body)
            return ResourceAnswer(answer.state, created: answer.id.base64URL, step: 0)
        case .postAggregationJob:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let answer = try await helper.postAggregationJob(
                id: try jobID(request), mediaType: mediaType, body: request.body)
            return ResourceAnswer(answer.state, step: Self.step(of: request))
        case .aggregationJob:
            guard !request.hasBadStep else {
                throw .problem(.invalidMessage, detail: "the query's step must be a number from 0 to 65535")
            }
            let state = try await helper.aggregationJob(id: try jobID(request), step: request.step).state
            return ResourceAnswer(state, step: request.step)
        case .deleteAggregationJob:
            try await helper.deleteAggregationJob(id: try jobID(request))
            return ResourceAnswer()
        case .createAggregateShare:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let answer = try await helper.createAggregateShare(mediaType: mediaType, body: request.body)
            return ResourceAnswer(answer.state, created: answer.id.base64URL)
        case .aggregateShare:
            return ResourceAnswer(try await helper.aggregateShare(id: try shareID(request)).state)
        case .deleteAggregateShare:
            try await helper.deleteAggregateShare(id: try shareID(request))
            return ResourceAnswer()
        default: throw .notFound
        }
    }

    private func jobID(_ request: ResourceRequest) throws(AggregatorError) -> AggregationJobID {
        guard let id = request.id.flatMap({ AggregationJobID(base64URL: $0) }) else {
            throw .problem(.unrecognizedAggregationJob, detail: "the path does not name an aggregation job")
        }
        return id
    }

    private func shareID(_ request: ResourceRequest) throws(AggregatorError) -> AggregateShareID {
        guard let id = request.id.flatMap({ AggregateShareID(base64URL: $0) }) else { throw .notFound }
        return id
    }

    /// The step that a continuation asks for: its first two bytes.
    private static func step(of request: ResourceRequest) -> UInt16 {
        request.body.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
    }
}

extension ResourceAnswer {
    /// - Parameters:
    ///   - created: the identifier of what the request created.
    ///   - step: what to poll for, if the resource is an aggregation job.
    init(_ state: ResourceState, created: String? = nil, step: UInt16? = nil) {
        self.init(status: created == nil ? .ok : .created)
        switch state {
        case .processing(let pause):
            location = ResourceLocation(created: created, step: step)
            retryAfter = pause.map { Self.seconds($0) } ?? 1
        case .ready(let body, let mediaType):
            location = created.map { ResourceLocation(created: $0) }
            self.body = body
            self.mediaType = mediaType
        }
    }

    /// A pause in whole seconds, rounded up, and at most a day.
    static func seconds(_ pause: Duration) -> Int {
        let (seconds, attoseconds) = pause.components
        return Int(clamping: max(0, min(seconds, 86_400) + (attoseconds > 0 ? 1 : 0)))
    }
}
