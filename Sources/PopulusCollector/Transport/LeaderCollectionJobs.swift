import PopulusDAP
import PopulusHTTPRequests

/// The Leader's collection jobs over HTTP.
///
/// Spec: DAP §4.6.1
package struct LeaderCollectionJobs: CollectionJobs {
    private let requester: DAPRequester
    private let token: String
    private let collection: String
    private let resultType: MediaType
    private let leastReports: UInt64
    /// What goes with every request: the task itself, if requests bring it.
    private let fields: [String: String]

    /// The most bytes of a result.
    private static let longestResult = 1 << 28

    /// - Parameters:
    ///   - token: the Collector's bearer token at the Leader.
    ///   - resultType: the media type of results.
    ///   - leastReports: a walk over fewer reports is of no use.
    package init(
        task: TaskID, configuration: TaskConfiguration, token: String, resultType: MediaType,
        leastReports: UInt64 = 0, requester: DAPRequester
    ) {
        self.leastReports = leastReports
        self.requester = requester
        self.token = token
        self.resultType = resultType
        fields = TaskAdvertisement.fields(for: task, configuration)
        collection = configuration.leaderURL("tasks/\(task.base64URL)/collection_jobs")
    }

    package func create(_ request: [UInt8]) async throws(CollectorError) -> CreatedJob {
        var fields = fields
        if leastReports > 0 { fields[LeastReports.fieldName] = "\(leastReports)" }
        let answer = try await send(
            DAPRequest(
                .post, collection, token: token, contentType: .collectionJobReq, body: request, fields: fields),
            limit: Self.longestResult)
        // Only the job's name is taken, so that the token goes nowhere but to the Leader.
        guard let name = answer.location?.split(separator: "/").last, let job = CollectionJobID(base64URL: name) else {
            throw .malformedAnswer("the Leader does not say where the collection job is")
        }
        return CreatedJob(id: job, result: answer.body.isEmpty ? nil : try result(in: answer))
    }

    package func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8] {
        var unasked = Duration.milliseconds(200)
        while true {
            let answer = try await send(
                DAPRequest(.get, "\(collection)/\(job.base64URL)", token: token, fields: fields),
                limit: Self.longestResult)
            guard answer.body.isEmpty else { return try result(in: answer) }
            // A Leader that held the request has waited already.
            let wait = (answer.retryAfter ?? unasked) - .seconds(answer.seconds)
            unasked = min(unasked * 2, .seconds(5))
            do {
                try await Task.sleep(for: RetrySchedule.poll(after: wait))
            } catch {
                throw .interrupted
            }
        }
    }

    private func result(in answer: DAPAnswer) throws(CollectorError) -> [UInt8] {
        guard answer.has(resultType) else {
            throw .malformedAnswer("the collection job's result has the wrong media type")
        }
        return answer.body
    }

    package func rejections(of job: CollectionJobID) async -> [RejectedReports]? {
        // With a patience of its own: the result is there, and does not wait long for what is told beside it.
        let requester = DAPRequester(patience: .init(first: 5, later: 20), timeoutSeconds: 10, tls: self.requester.tls)
        // Whatever comes instead is that of a Leader which does not tell them, or not now.
        let answer = try? await requester.send(
            DAPRequest(.get, "\(collection)/\(job.base64URL)/rejections", token: token, fields: fields))
        await requester.shutdown()
        guard let answer, answer.has(.collectionJobRejections) else { return nil }
        return (try? CollectionJobRejections(decoding: answer.body))?.rejected
    }

    package func delete(_ job: CollectionJobID) async throws(CollectorError) {
        let answer: DAPAnswer
        do {
            answer = try await send(
                DAPRequest(.delete, "\(collection)/\(job.base64URL)", token: token, fields: fields))
        } catch .refused(_, status: 404) {
            return
        }
        // A page of somebody else is no word that the job is gone.
        guard !answer.isWebPage else {
            throw .malformedAnswer("the answer to a deletion is not that of a DAP-18 Leader")
        }
    }

    private func send(_ request: DAPRequest, limit: Int = 1 << 20) async throws(CollectorError) -> DAPAnswer {
        do throws(DAPRequestError) {
            return try await requester.send(request, limit: limit)
        } catch {
            throw CollectorError(error)
        }
    }
}

extension CollectorError {
    /// Why a request to the Leader has no answer.
    package init(_ error: DAPRequestError) {
        self =
            switch error {
            case .unreachable(let url, let reason): .unreachable(url: url, reason: reason)
            case .untrusted(let url): .untrusted(url: url)
            case .refused(let problem, let status): .refused(problem, status: status)
            case .malformed(let what): .malformedAnswer(what)
            case .cancelled: .interrupted
            }
    }
}
