import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests

/// The Collector: draws a key for each task, starts collections and gives their results.
package struct TestCollector: TestRole {
    private let requester: DAPRequester
    private let resolver: TaskResolver
    private let work: BackgroundWork
    private let tasks = CollectorTasks()
    private let collections = Collections()

    /// - Parameter work: where started collections wait for their results.
    package init(requester: DAPRequester, work: BackgroundWork) {
        self.requester = requester
        self.work = work
        resolver = TaskResolver(requester: requester)
    }

    package var role: Role { .collector }

    package func answer(_ endpoint: TestEndpoint, body: [UInt8]) async throws(InteropError) -> Answer {
        switch endpoint {
        case .addTask: try add(try CommandReader.read(CollectorTaskCommand.self, from: body))
        case .collectionStart: try await start(try CommandReader.read(CollectionCommand.self, from: body))
        case .collectionPoll: try collections.answer(try CommandReader.read(PollCommand.self, from: body).handle)
        default: .success
        }
    }

    private func add(_ command: CollectorTaskCommand) throws(InteropError) -> Answer {
        _ = try command.task.vdaf.configuration()
        guard DraftToken.isUsable(command.collectorToken) else {
            throw .refused("collector_authentication_token: a token has printable characters and no spaces")
        }
        if !command.task.isIncomplete { _ = try command.task.configuration() }
        var answer = Answer.success
        answer.collectorHpkeConfig = Blob(try tasks.add(command).encoded())
        return answer
    }

    private func start(_ command: CollectionCommand) async throws(InteropError) -> Answer {
        let (entry, configuration) = try await known(command.taskID)
        let collection = try Collection(command, entry, configuration)
        let jobs = LeaderCollectionJobs(
            task: command.taskID, configuration: configuration, token: entry.token,
            resultType: collection.resultType, requester: requester)
        let job: CreatedJob
        do throws(CollectorError) {
            job = try await jobs.create(collection.request)
        } catch {
            throw .refused(error.text)
        }
        if let walk = collection.walk { tasks.asked(walk, of: command.taskID) }
        let handle = collections.begin()
        work.start { [collections] in
            do throws(CollectorError) {
                let body = if let result = job.result { result } else { try await jobs.result(of: job.id) }
                let answer = try collection.answer(body)
                // The same request would get the same batch again; a job that stays is no reason to lose the result.
                if collection.isDeletedAtEnd { try? await jobs.delete(job.id) }
                collections.end(handle, with: answer)
            } catch {
                collections.end(handle, with: Answer(.error, error: error.text))
            }
        }
        var answer = Answer.success
        answer.handle = handle
        answer.walkID = collection.walk?.walkID
        return answer
    }

    private func known(_ id: TaskID) async throws(InteropError) -> (CollectorTasks.Entry, TaskConfiguration) {
        let entry = try tasks.entry(id)
        if let configuration = entry.configuration { return (entry, configuration) }
        let configuration = try await resolver.configuration(of: entry.task)
        tasks.set(configuration, of: id)
        return (entry, configuration)
    }
}

extension CollectorError {
    /// What went wrong, for the test runner's log.
    var text: String {
        switch self {
        case .unreachable(let url, let reason): "\(url) cannot be reached: \(reason)"
        case .untrusted(let url): "the certificate of \(url) is not trusted"
        case .refused(let problem, let status):
            "the Leader answered \(status), \(problem.type?.uri ?? "without a problem type")"
                + (problem.detail.map { ": \($0)" } ?? "")
        default: "\(self)"
        }
    }
}
