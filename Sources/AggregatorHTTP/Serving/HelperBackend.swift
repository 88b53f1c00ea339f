import Aggregator
import DAP

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

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        switch request.operation {
        case .createAggregationJob:
            let answer = try await helper.createAggregationJob(body: request.body)
            return ResourceAnswer(answer.state, created: answer.id.base64URL)
        case .postAggregationJob:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let answer = try await helper.postAggregationJob(
                id: try jobID(request), mediaType: mediaType, body: request.body)
            return ResourceAnswer(answer.state)
        case .aggregationJob:
            let answer = try await helper.aggregationJob(id: try jobID(request), step: request.step ?? 0)
            return ResourceAnswer(answer.state)
        case .deleteAggregationJob:
            try await helper.deleteAggregationJob(id: try jobID(request))
            return ResourceAnswer()
        case .createAggregateShare:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let answer = try await helper.createAggregateShare(mediaType: mediaType, body: request.body)
            return ResourceAnswer(answer.state, created: answer.id.base64URL)
        default: throw .notFound
        }
    }

    private func jobID(_ request: ResourceRequest) throws(AggregatorError) -> AggregationJobID {
        guard let id = request.job.flatMap({ AggregationJobID(base64URL: $0) }) else {
            throw .problem(.unrecognizedAggregationJob, detail: "the path does not name an aggregation job")
        }
        return id
    }
}

extension ResourceAnswer {
    /// - Parameter location: the identifier of what the request created.
    fileprivate init(_ state: ResourceState, created location: String? = nil) {
        self.init(status: location == nil ? .ok : .created, location: location)
        switch state {
        case .processing(let pause): retryAfter = Int(clamping: pause?.components.seconds ?? 1)
        case .ready(let body, let mediaType):
            self.body = body
            self.mediaType = mediaType
        }
    }
}
