import Aggregator
import AggregatorServer
import Foundation
import PopulusDAP
import PopulusTaskFiles

/// What an operator asks for over HTTP.
extension OperatedTasks: TaskDesk {
    package func list() async throws(TaskDeskError) -> TaskList {
        let members = host.members.all
        let files = members.filter { $0.added == nil }
        // A start takes up several at once.
        let kept = members.filter { $0.added != nil }.sorted {
            ($0.added ?? 0, $0.task) < ($1.added ?? 0, $1.task)
        }
        return TaskList(tasks: (files + kept).map(TaskEntry.init))
    }

    package func show(_ task: TaskID) async throws(TaskDeskError) -> TaskDetails {
        guard let member = host.members[task] else { throw .unknown }
        // What cannot be said now is left out: that is no reason to say nothing.
        let status = try? await host.registry[task]?.backend.status()
        return details(of: member, status)
    }

    func details(of member: Member, _ status: TaskStatus? = nil) -> TaskDetails {
        let digest = member.registration?.aggregatorToken.map(TaskRegistration.digest)
        var details = TaskDetails(
            task: TaskEntry(member), status: status, aggregatorTokenDigest: digest.map(Base64URL.encode))
        guard member.added != nil else { return details }
        details.keys = member.secrets.keysInOrderOfUse.compactMap { TaskKeyEntry($0, at: now, policy) }
        details.tokens = member.secrets.compactMap { TaskTokenEntry($0, among: member.secrets, at: now) }
        return details
    }

    package func add(_ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
        let asked: TaskRegistration
        do throws(TaskFileError) { asked = try TaskRegistration(decoding: body, name: "the registration") } catch {
            throw .malformed("this registration cannot be used: \(error.why)")
        }
        guard asked.role == role else {
            throw .conflict("this is a \(role.name), and the registration is for a \(asked.role.name)")
        }
        let isNew: Bool
        do { isNew = try await onQueue { [self] in try takeIn(asked) } } catch let error as TaskDeskError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
        // Whoever asks next may ask another process: each has looked by then.
        if isNew, isShared { try? await Task.sleep(for: Self.pause * 2) }
        guard let member = host.members[asked.taskID] else {
            throw .unavailable("the task was added, and cannot be served by this process: its log says why")
        }
        return (details(of: member), isNew)
    }

    package func end(_ task: TaskID, stopping: Bool) async throws(TaskDeskError) -> TaskDetails {
        guard let member = host.members[task] else { throw .unknown }
        guard let ending = member.ending else {
            throw .unavailable("the task's store cannot be opened: \(member.reason ?? "its log says why")")
        }
        do throws(AggregatorError) {
            host.note(try await ending.end(stopping ? .stop : .close), of: task)
        } catch {
            // It may have ended all the same, with something left to do.
            host.note(try? await ending.taskEnd(), of: task)
            throw .unavailable(error.words)
        }
        return details(of: host.members[task] ?? member)
    }
}

// MARK: - Adding

extension OperatedTasks {
    /// Makes a task durable and serves it; on the queue.
    ///
    /// - Returns: whether it was not there before.
    /// - Throws: `TaskDeskError`.
    private func takeIn(_ asked: TaskRegistration) throws -> Bool {
        if let member = host.members[asked.taskID] {
            guard member.added != nil else {
                throw TaskDeskError.conflict("the task is served from a file, which was given at the start")
            }
            guard let known = member.registration else {
                throw TaskDeskError.unavailable(member.reason ?? "what is kept of the task does not decode")
            }
            try check(asked, like: known, revision: member.revision)
            guard member.end == nil else { throw Self.hasEnded }
            if member.ending == nil { try serveAgain(only: member.task) }
            return false
        }
        let (all, stored): ([StoredTask], StoredTask?)
        do {
            all = try shelf.storedTasks()
            stored = all.first { $0.id == asked.taskID }
            // Another process has added it.
            if let kept = try shelf.keptTasks(only: asked.taskID).first {
                let revision = stored?.revision ?? 0
                try check(asked, like: try kept.registration(as: role, at: now), revision: revision)
                guard stored?.end == nil else { throw Self.hasEnded }
                takeUp(kept, revision: revision)
                return false
            }
        } catch let error as StoreError { throw Self.failure(error) }
        guard stored?.end == nil else { throw Self.hasEnded }
        guard stored != nil || all.count < mostTasks else {
            throw TaskDeskError.conflict("the store holds \(all.count) tasks, which is the most that this server takes")
        }
        return try keep(asked)
    }

    private func keep(_ asked: TaskRegistration) throws -> Bool {
        let (task, added) = (try asked.completed(besides: host.members.keyIDs), now)
        do throws(TaskHost.Failure) { try host.check(task) } catch {
            throw TaskDeskError.malformed("this task cannot be served: \(error.words)")
        }
        do { try shelf.keep(KeptTask(task, added: added)) } catch StoreError.exists {
            // Another process was first.
            return try takeIn(asked)
        } catch let error as StoreError { throw Self.failure(error) }
        do throws(TaskHost.Failure) { try host.add(task, from: .store(added: added)) } catch {
            throw TaskDeskError.unavailable("the task was added, and cannot be served now: \(error.words)")
        }
        host.members.note(KeptTask(task, added: added).secrets, of: task, revision: 0)
        return true
    }

    /// Sees that a registration is that of the task that is there.
    ///
    /// - Parameter revision: of its keys and tokens: where some have taken others' places it is known by the rest.
    private func check(_ asked: TaskRegistration, like known: TaskRegistration, revision: UInt64) throws {
        let same = revision == 0 ? try asked.completed(like: known) : try asked.with(keysAndTokensOf: known)
        guard same.encoded() != known.encoded() else { return }
        let members = same.membersDifferent(from: known).joined(separator: ", ")
        throw TaskDeskError.conflict("a task of this ID is here, and has another \(members)")
    }

    private static let hasEnded = TaskDeskError.conflict("the task has ended here, which is for good")

    private static func failure(_ error: StoreError) -> TaskDeskError {
        switch error {
        case .belongsToAnother, .exists: .conflict("\(error)")
        default: .unavailable("\(error)")
        }
    }
}

extension TaskFileError {
    /// What is wrong, without where it stands.
    fileprivate var why: String {
        switch self {
        case .malformed(_, let reason), .outdated(_, let reason), .inconsistent(let reason): reason
        default: description
        }
    }
}

extension TaskHost.Failure {
    /// In words for an operator.
    var words: String {
        switch self {
        case .wrongRole: "it is another role's"
        case .alreadyServed: "it is served already"
        case .unusable(let reason): reason
        case .store(let error): "\(error)"
        }
    }
}

extension Member {
    /// When it was added; nothing where it comes from a file.
    var added: UInt64? { if case .store(let added) = source { added } else { nil } }

    fileprivate var state: TaskEntry.State {
        if ending == nil { return .unserved }
        guard let end else { return .active }
        return end.stopped == nil ? .closing : .ended
    }
}

extension TaskEntry {
    init(_ member: Member) {
        let task = member.registration
        self.init(
            taskID: member.task, role: member.role, source: member.added == nil ? .file : .store, state: member.state,
            name: task.map { String(decoding: $0.configuration.taskInfo, as: UTF8.self) } ?? "",
            vdaf: task.map { "\($0.configuration.vdaf)" } ?? "", leader: task?.leaderURL ?? "",
            helper: task?.helperURL ?? "", fingerprint: task.map { "\($0.fingerprint)" } ?? "")
        (added, closed, stopped) = (member.added, member.end?.closed, member.end?.stopped)
        reason = member.reason
    }
}
