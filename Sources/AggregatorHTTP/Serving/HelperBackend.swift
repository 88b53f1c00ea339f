import Aggregator
import DAP

/// The Helper's resources.
package struct HelperBackend: Backend {
    private let helper: Helper

    package init(_ helper: Helper) {
        self.helper = helper
    }

    package var role: Role { .helper }
    package var task: TaskID { helper.task.id }

    package func hpkeConfigList() -> HpkeConfigList { helper.hpkeConfigList() }

    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await helper.reportCounts(task: task)
    }

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        switch request.operation {
        case .createAggregationJob:
            let (id, body) = try await helper.createAggregationJob(task: task, body: request.body)
            return ResourceAnswer(
                status: .created, body: body, mediaType: .aggregationJobResp, location: id.base64URL)
        case .postAggregationJob:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let answer = try await helper.postAggregationJob(
                task: task, id: try jobID(request), mediaType: mediaType, body: request.body)
            return ResourceAnswer(body: answer.body, mediaType: answer.mediaType)
        case .aggregationJob:
            let answer = try await helper.aggregationJob(
                task: task, id: try jobID(request), step: request.step ?? 0)
            return ResourceAnswer(body: answer.body, mediaType: answer.mediaType)
        case .deleteAggregationJob:
            try await helper.deleteAggregationJob(task: task, id: try jobID(request))
            return ResourceAnswer()
        case .createAggregateShare:
            guard let mediaType = request.mediaType else { throw .unsupportedMediaType }
            let (id, body) = try await helper.createAggregateShare(
                task: task, mediaType: mediaType, body: request.body)
            return ResourceAnswer(status: .created, body: body, mediaType: .aggregateShare, location: id.base64URL)
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
