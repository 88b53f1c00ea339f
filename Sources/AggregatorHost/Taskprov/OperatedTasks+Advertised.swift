import Aggregator
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles

/// Tasks that requests bring, by what the operator's file permits.
///
/// A task that is taken up is kept as one that an operator has added: durable before the request is answered, served again after
/// a restart, known to the other processes of the role. Its ID says that requests bring it.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.5, §3.7, §3.8
extension OperatedTasks: AdvertisementDesk {
    package func door(of task: TaskAdvertisement) throws(TaskOptOut) -> TaskDoor {
        guard let taskprov, let configuration = task.configuration else {
            throw Self.optOut(.notImplemented)
        }
        let peer: TaskprovPeer
        do throws(TaskprovRefusal) { peer = try taskprov.peer(of: configuration) } catch { throw Self.optOut(error) }
        var tokens: [RouteRow.Caller: BearerToken] = [:]
        if let digest = peer.leaderTokenDigest { tokens[.leader] = BearerToken(digests: [digest]) }
        if let digest = peer.collectorTokenDigest { tokens[.collector] = BearerToken(digests: [digest]) }
        return TaskDoor(
            base: taskprov.url.path, tokens: tokens,
            pinned: host.pinned.callers(of: task.taskID, role == .leader ? .collector : .leader),
            uploadTokens: UploadTokens(digests: peer.uploadTokens.map(\.digest)))
    }

    package func examine(_ task: TaskAdvertisement) throws(TaskOptOut) { _ = try examined(task) }

    package func takeUp(_ task: TaskAdvertisement) async throws(TaskOptOut) {
        do { try await onQueue { [self] in try takeUpNow(task) } } catch let error as TaskOptOut {
            throw error
        } catch {
            logger.error(
                "a task that a request brought could not be taken up: \(error)", metadata: ["task": "\(task.taskID)"])
            throw .unavailable
        }
    }

    private static func optOut(_ refusal: TaskprovRefusal) -> TaskOptOut { .invalid("\(refusal)") }

    /// What this aggregator would serve a task by, if it can be served.
    private func examined(_ task: TaskAdvertisement) throws(TaskOptOut) -> TaskRegistration {
        let registration = try registration(of: task)
        do throws(TaskHost.Failure) { try host.check(registration) } catch {
            throw .invalid("it cannot be served here")
        }
        return registration
    }

    /// What this aggregator would serve a task by.
    private func registration(of task: TaskAdvertisement) throws(TaskOptOut) -> TaskRegistration {
        guard let taskprov else { throw Self.optOut(.notImplemented) }
        do throws(TaskprovRefusal) {
            guard let configuration = task.configuration else { throw .notImplemented }
            let peer = try taskprov.peer(of: configuration)
            // First, as it is the least work: who brings many hears it soon.
            let counts = host.members.broughtCounts(with: peer.url, since: now - min(now, 86_400))
            let isFull = stored.withLock { $0.count >= mostTasks && !$0.contains(task.taskID) }
            guard !isFull, counts.going < peer.limits.maxTasks, counts.recent < peer.limits.maxTasksPerDay else {
                throw .tooMany
            }
            return try taskprov.registration(of: task, at: now)
        } catch {
            throw Self.optOut(error)
        }
    }
}

// MARK: - Taking up

extension OperatedTasks {
    /// Makes a task durable and serves it; on the queue.
    ///
    /// - Throws: `TaskOptOut`, or what keeps this process from it.
    private func takeUpNow(_ task: TaskAdvertisement) throws {
        guard host.members[task.taskID] == nil else { return }
        // Again: others may have come first since the request was examined. What is refused is refused before the store is read.
        _ = try examined(task)
        // What others have taken up counts, and may be this very task.
        let all = try takeUpOthers()
        guard host.members[task.taskID] == nil else { return }
        let known = all.first { $0.id == task.taskID }
        guard known?.end == nil else { throw TaskOptOut.invalid("it has ended here") }
        guard known != nil || all.count < mostTasks else { throw Self.optOut(.tooMany) }
        let registration = try registration(of: task)
        let added = now
        do { try shelf.keep(KeptTask(registration, added: added)) } catch StoreError.exists {
            // Another process was first.
            for kept in try shelf.keptTasks(only: task.taskID) { takeUp(kept, revision: 0) }
            return
        }
        do throws(TaskHost.Failure) { try host.add(registration, from: .store(added: added)) } catch {
            guard case .alreadyServed = error else { throw error }
        }
        host.members.note(KeptTask(registration, added: added).secrets, of: registration, revision: 0)
        logger.notice(
            "took up a task that a request brought",
            metadata: [
                "task": "\(task.taskID)", "vdaf": "\(registration.configuration.vdaf)",
                "name": "\(String(decoding: registration.configuration.taskInfo, as: UTF8.self))",
            ])
    }

    /// Ends the work of tasks that requests have brought, once they have been over for as long as the file says; without a
    /// file, for as long as is usual.
    package func endOldTasks() async {
        let keepAfterEnd = taskprov?.keepAfterEnd ?? TaskprovFile.defaultKeepAfterEnd
        for member in host.members.brought where member.end?.stopped == nil {
            // One that is served has an interval, which decodes.
            guard let configuration = member.registration?.configuration, let ending = member.ending,
                let end = ((try? configuration.taskInterval) ?? nil)?.end
            else { continue }
            let over = end.secondsSinceEpoch(precision: configuration.timePrecision)
            guard now >= over, now - over >= keepAfterEnd else { continue }
            let task = member.task
            do throws(AggregatorError) {
                host.note(try await ending.end(.stop), of: task)
                logger.notice("ended a task that a request had brought", metadata: ["task": "\(task)"])
            } catch {
                logger.error("a task could not be ended: \(error)", metadata: ["task": "\(task)"])
            }
        }
    }
}
