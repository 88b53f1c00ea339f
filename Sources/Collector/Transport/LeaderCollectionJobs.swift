import DAP
import DAPRequests

/// The Leader's collection jobs over HTTP.
///
/// Spec: DAP §4.6.1
package struct LeaderCollectionJobs: CollectionJobs {
    private let requester: DAPRequester
    private let token: String
    private let collection: String

    /// - Parameter token: the Collector's bearer token at the Leader.
    package init(task: TaskID, configuration: TaskConfiguration, token: String, requester: DAPRequester) {
        self.requester = requester
        self.token = token
        collection = configuration.leaderURL("tasks/\(task.base64URL)/collection_jobs")
    }

    package func create(_ request: [UInt8]) async throws(CollectorError) -> CollectionJobID {
        let answer = try await send(
            DAPRequest(.post, collection, token: token, contentType: .collectionJobReq, body: request))
        // Only the job's name is taken, so that the token goes nowhere but to the Leader.
        guard let name = answer.location?.split(separator: "/").last, let job = CollectionJobID(base64URL: name) else {
            throw .malformedAnswer("the Leader does not say where the collection job is")
        }
        return job
    }

    package func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8] {
        while true {
            let answer = try await send(
                DAPRequest(.get, "\(collection)/\(job.base64URL)", token: token), limit: 1 << 28)
            if !answer.body.isEmpty {
                guard let type = answer.contentType, MediaType.walkCollectionJobResp.matches(type) else {
                    throw .malformedAnswer("the collection job's result has the wrong media type")
                }
                return answer.body
            }
            // A Leader that held the request has waited already.
            guard answer.seconds < 1 else { continue }
            do {
                try await Task.sleep(for: .seconds(min(max(answer.retryAfter ?? 0.2, 0.02), 10)))
            } catch {
                throw .interrupted
            }
        }
    }

    package func delete(_ job: CollectionJobID) async throws(CollectorError) {
        do {
            _ = try await send(DAPRequest(.delete, "\(collection)/\(job.base64URL)", token: token))
        } catch .refused(_, status: 404) {
            return
        }
    }

    private func send(_ request: DAPRequest, limit: Int = 1 << 20) async throws(CollectorError) -> DAPAnswer {
        do throws(DAPRequestError) {
            return try await requester.send(request, limit: limit)
        } catch {
            switch error {
            case .unreachable(let url, let reason): throw .unreachable(url: url, reason: reason)
            case .refused(let problem, let status): throw .refused(problem, status: status)
            case .malformed(let what): throw .malformedAnswer(what)
            case .cancelled: throw .interrupted
            }
        }
    }
}
