import Aggregator
import DAP
import ServiceLifecycle

/// The Leader's resources.
package struct LeaderBackend: Backend {
    private let leader: any LeaderService

    package init(_ leader: any LeaderService) {
        self.leader = leader
    }

    package var role: Role { .leader }
    package var task: TaskID { leader.task.id }

    package func hpkeConfigList() -> HpkeConfigList { leader.hpkeConfigList() }

    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await leader.reportCounts()
    }

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        switch request.operation {
        case .upload:
            let errors = try await leader.upload(body: request.body)
            return errors.map { ResourceAnswer(body: $0, mediaType: .uploadErrors) } ?? ResourceAnswer()
        case .createCollectionJob:
            let id = try await leader.createCollectionJob(body: request.body)
            return ResourceAnswer(status: .created, location: ResourceLocation(created: id.base64URL), retryAfter: 0)
        case .collectionJob:
            switch try await poll(try jobID(request)) {
            // The request was held already: asking again at once is no burden.
            case .pending: return ResourceAnswer(retryAfter: 0)
            case .ready(let body, let mediaType): return ResourceAnswer(body: body, mediaType: mediaType)
            }
        case .deleteCollectionJob:
            try await leader.deleteCollectionJob(id: try jobID(request))
            return ResourceAnswer()
        default: throw .notFound
        }
    }

    private func jobID(_ request: ResourceRequest) throws(AggregatorError) -> CollectionJobID {
        guard let id = request.id.flatMap({ CollectionJobID(base64URL: $0) }) else { throw .notFound }
        return id
    }

    /// Holds the request until the job is ready, a few seconds have gone, or the server is told to stop.
    private func poll(_ id: CollectionJobID) async throws(AggregatorError) -> CollectionJobStatus {
        do {
            return try await cancelWhenGracefulShutdown { [leader] in
                try await leader.collectionJob(id: id, waitingUpTo: leader.settings.longestPoll)
            }
        } catch let error as AggregatorError {
            throw error
        } catch {
            return .pending
        }
    }
}
