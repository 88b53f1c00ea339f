import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles

/// What one aggregator says when it is asked how it is.
struct AggregatorLook: Encodable {
    enum State: String, Encodable {
        case ok
        /// It is not reached, or fails.
        case away
        /// It refuses: another token, no such task, a store that is not the one that it was.
        case refuses
    }

    let role: String
    let url: String
    var state = State.ok
    /// What is wrong, for people.
    var reason: String?
    /// Whether it serves the task; nothing where it does not tell.
    var knowsTask: Bool?
    /// What it says of the task to who has a token; nothing without one, or from another implementation.
    var status: TaskStatus?

    private enum CodingKeys: String, CodingKey {
        case role, url, state, reason, status
        case knowsTask = "knows_task"
    }
}

extension AggregatorLook {
    /// Asks an aggregator.
    ///
    /// - Parameter token: what the file's role shows it; nothing for those who have none, who learn only whether it is
    ///   there, has keys, and serves the task.
    init(
        at role: Role, of file: TaskFile, token: String?, _ requester: DAPRequester
    ) async {
        let url = role == .leader ? file.leaderURL : file.helperURL
        self.init(role: role.name, url: ForeignText.escaped(url))
        let address = role == .leader ? file.configuration.leaderURL : file.configuration.helperURL
        do throws(DAPRequestError) {
            let path = "tasks/\(file.taskID)/status"
            let fields = TaskAdvertisement.fields(for: file.taskID, file.configuration)
            let answer = try await requester.send(DAPRequest(.get, address(path), token: token, fields: fields))
            if let status = TaskStatus(decoding: answer.body), status.task == file.taskID { take(status) }
        } catch {
            take(error, hasToken: token != nil)
        }
        if state == .ok, status == nil { await lookAtKeys(address("hpke_config"), requester) }
    }

    /// What an aggregator tells its own operator.
    ///
    /// - Parameter notReady: why the whole process takes no requests, if so.
    init(_ status: TaskStatus, at url: String, notReady: String?) {
        self.init(role: status.role, url: url)
        take(status)
        if state == .ok, let notReady { fail(.away, notReady) }
    }

    /// What every DAP aggregator has.
    private mutating func lookAtKeys(_ url: String, _ requester: DAPRequester) async {
        do throws(DAPRequestError) {
            let answer = try await requester.send(DAPRequest(.get, url))
            // Whatever is wrong with them: it is not what an aggregator answers.
            guard answer.has(.hpkeConfigList), (try? HpkeConfigList(decoding: answer.body)) != nil
            else { return fail(.refuses, "it gives no HPKE configurations: check the address") }
        } catch {
            if case .refused(_, let status) = error, status < 500 {
                fail(.refuses, "it gives no HPKE configurations (it answered \(status)): check the address")
            } else {
                fail(.away, words(error))
            }
        }
    }

    private mutating func take(_ status: TaskStatus) {
        knowsTask = true
        self.status = status
        if let conflict = status.storeConflict {
            fail(.refuses, conflict)
        } else if status.isFailing {
            fail(.away, "its own work on this task fails; its log says why")
        }
    }

    private mutating func take(_ error: DAPRequestError, hasToken: Bool) {
        guard case .refused(let problem, let status) = error else { return fail(.away, words(error)) }
        switch (status, problem.type) {
        case (_, .unrecognizedTask):
            knowsTask = false
            fail(.refuses, "it does not serve this task: start it with \(role).json of the same `task new`")
        // 403 where a certificate is expected in place of a token.
        case (401, _) where !hasToken, (403, _) where !hasToken && problem.detail != nil: knowsTask = true
        case (401, _), (403, _):
            let said = problem.detail.map { " (\($0))" } ?? ""
            fail(
                .refuses,
                "it refuses the token of this file\(said): use the files of one `task new`; where it expects a certificate "
                    + "give --client-certificate")
        case (500..., _), (408, _), (429, _): fail(.away, words(error))
        // Another implementation, which has no such resource.
        default: break
        }
    }

    /// The reason without a resource's long address.
    private func words(_ error: DAPRequestError) -> String {
        if case .unreachable(_, let reason) = error { "\(url) cannot be reached (\(reason))" } else { error.reason }
    }

    private mutating func fail(_ state: State, _ reason: String) {
        self.state = state
        self.reason = reason
    }
}
