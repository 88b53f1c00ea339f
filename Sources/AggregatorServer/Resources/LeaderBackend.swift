import Aggregator
import PopulusDAP
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

    package var storeMeter: StoreMeter? { leader.storeMeter }
    package func figures() async throws(AggregatorError) -> TaskFigures { try await leader.figures() }
    package func status() async throws(AggregatorError) -> TaskStatus { try await leader.status() }
    package var watch: PeerWatch? { leader.watch }
    package var troubles: Troubles? { leader.troubles }

    package func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer {
        switch request.operation {
        case .upload:
            let errors = try await leader.upload(body: request.body)
            return errors.map { ResourceAnswer(body: $0, mediaType: .uploadErrors) } ?? ResourceAnswer()
        case .createCollectionJob:
            let id = try await leader.createCollectionJob(body: request.body, leastReports: request.leastReports ?? 0)
            return await created(id)
        case .collectionJob:
            let limit = min(request.wait ?? leader.settings.longestPoll, leader.settings.longestPoll)
            var answer: ResourceAnswer
            switch try await poll(try jobID(request), upTo: limit) {
            // The request was held already: asking again at once is no burden, unless it asked not to be.
            case .pending: answer = ResourceAnswer(retryAfter: limit < .seconds(1) ? 1 : 0)
            case .ready(let body, let mediaType): answer = ResourceAnswer(body: body, mediaType: mediaType)
            }
            answer.appliedWait = request.wait == nil ? nil : Int(limit.components.seconds)
            return answer
        case .deleteCollectionJob:
            try await leader.deleteCollectionJob(id: try jobID(request))
            return ResourceAnswer()
        case .rejections:
            let body = try await leader.rejections(of: try jobID(request))
            return ResourceAnswer(body: body, mediaType: .collectionJobRejections)
        default: throw .notFound
        }
    }

    private func jobID(_ request: ResourceRequest) throws(AggregatorError) -> CollectionJobID {
        guard let id = request.id.flatMap({ CollectionJobID(base64URL: $0) }) else { throw .notFound }
        return id
    }

    /// Where a job is, and what it has come to if it is an old one that was asked for again.
    ///
    /// What it failed with is told to whoever polls it.
    private func created(_ id: CollectionJobID) async -> ResourceAnswer {
        let location = ResourceLocation(created: id.base64URL)
        // Also what the store fails with now: the job is there, and the next poll tells.
        guard case .ready(let body, let mediaType)? = try? await leader.collectionJob(id: id, waitingUpTo: .zero) else {
            return ResourceAnswer(status: .created, location: location, retryAfter: 0)
        }
        return ResourceAnswer(status: .created, body: body, mediaType: mediaType, location: location)
    }

    /// Holds the request until the job is ready, the time has gone, or the server is told to stop.
    private func poll(
        _ id: CollectionJobID, upTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        do {
            return try await cancelWhenGracefulShutdown { [leader] in
                try await leader.collectionJob(id: id, waitingUpTo: limit)
            }
        } catch let error as AggregatorError {
            throw error
        } catch {
            return .pending
        }
    }
}
