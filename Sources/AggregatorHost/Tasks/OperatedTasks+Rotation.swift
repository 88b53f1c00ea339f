import Aggregator
import AggregatorServer
import Foundation
import PopulusDAP
import PopulusTaskFiles
import Synchronization

// MARK: By an operator's word

extension OperatedTasks {
    package func rotateKey(_ task: TaskID, _ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
        let request = try Self.request(body, as: KeyRotationRequest.self)
        let pending = request.pendingSeconds ?? policy.pending
        guard (RotationPolicy.leastPending...30 * 86_400).contains(pending) else {
            throw .malformed("pending_seconds is from \(RotationPolicy.leastPending) to \(30 * 86_400)")
        }
        let key = newKey(for: task)
        return try await changed(task) { secrets, now throws(TaskDeskError) in
            try KeyRotation.begin(secrets, replacing: request.replaces, pending: pending, now: now, key: key)
        }
    }

    package func changeToken(
        _ task: TaskID, _ body: [UInt8]
    ) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
        let (request, role) = (try Self.request(body, as: TokenRequest.self), role)
        let drawn = TaskFile.UploadToken.draw().token
        return try await changed(task) { secrets, now throws(TaskDeskError) in
            try TokenRotation.changed(secrets, request, role: role, now: now, drawn: drawn)
        }
    }

    private static func request<Request: Decodable>(
        _ body: [UInt8], as type: Request.Type
    ) throws(TaskDeskError) -> Request {
        do { return try JSONDecoder().decode(type, from: Data(body)) } catch {
            throw .malformed("the body is none of this request's: see the admin API")
        }
    }

    /// A key whose ID no other of the process has if it can be helped, and no other of the task.
    private func newKey(for task: TaskID) -> HpkeKeyPair {
        let (taken, own) = (host.members.keyIDs, Set(host.members[task]?.secrets.compactMap(\.configID) ?? []))
        let ids = 0...UInt8.max
        let free = ids.filter { !taken.contains($0) }
        let id = free.randomElement() ?? ids.filter { !own.contains($0) }.randomElement()
        return .generate(id: id ?? 0)
    }

    /// Changes a task's secrets, goes by them here, and waits until every process of the role does.
    private func changed(
        _ task: TaskID,
        _ change: @escaping @Sendable ([TaskSecret], UInt64) throws(TaskDeskError) -> [TaskSecret]
    ) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
        guard let member = host.members[task] else { throw .unknown }
        guard member.added != nil else {
            throw .conflict(
                "the task is served from a file, which has its keys and tokens: change the file, or have the store keep the task "
                    + "once no server has it from there")
        }
        guard !member.isBrought else {
            throw .conflict(
                "requests bring the task, and its keys and tokens are those of the operator's file for such tasks: change "
                    + "that, and start all servers of the role with it")
        }
        guard member.hasKeptSecrets else {
            throw .unavailable(member.reason ?? "what is kept of the task does not decode")
        }
        let isNew: Bool
        do { isNew = try await onQueue { [self] in try made(of: task, change) } } catch let error as TaskDeskError {
            throw error
        } catch StoreError.missing {
            throw .unknown
        } catch {
            throw .unavailable("\(error)")
        }
        // Also where another process has just done it: the answer says that all know of it.
        if isShared { try? await Task.sleep(for: Self.pause * 2) }
        guard let member = host.members[task] else { throw .unknown }
        return (details(of: member), isNew)
    }

    /// On the queue.
    ///
    /// - Returns: whether something has changed.
    func made(
        of task: TaskID, _ change: @escaping @Sendable ([TaskSecret], UInt64) throws(TaskDeskError) -> [TaskSecret]
    ) throws -> Bool {
        let (outcome, now) = (ChangeOutcome(), now)
        let (kept, revision) = try shelf.changeSecrets(of: task) { secrets in
            do throws(TaskDeskError) {
                let wanted = try change(secrets, now)
                outcome.note(wanted != secrets ? .changed : .same)
                return wanted
            } catch {
                outcome.note(.refused(error))
                return secrets
            }
        }
        try take(kept, revision: revision)
        wasRead(task)
        switch outcome.value {
        case .refused(let error): throw error
        case .changed: return true
        case .same: return false
        }
    }
}

/// What came of a change that the store has made, by a body that may run again.
private final class ChangeOutcome: Sendable {
    enum Value: Sendable {
        case same
        case changed
        case refused(TaskDeskError)
    }

    private let state = Mutex(Value.same)

    var value: Value { state.withLock { $0 } }

    /// What came once of a change, and was committed though nobody said so, is found done by the next run.
    func note(_ value: Value) {
        state.withLock { known in
            if case .changed = known, case .same = value { return }
            known = value
        }
    }
}

// MARK: By schedule

extension OperatedTasks {
    /// Replaces the keys that the schedule wants replaced, and erases those that nothing needs any more; on the queue.
    ///
    /// Of several processes one does it: the store's transaction looks again.
    ///
    /// - Returns: whether something has changed.
    @discardableResult
    package func keepSchedule() async throws -> Bool {
        try await onQueue { [self] in
            var outcome = ScheduleOutcome()
            for member in host.members.all {
                guard let added = member.added, member.end?.stopped == nil, member.credentials != nil else { continue }
                outcome.note { try rotateIfDue(member, added) }
            }
            sweep(&outcome)
            if let failure = outcome.failure { throw failure }
            return outcome.isChanged
        }
    }

    private func rotateIfDue(_ member: Member, _ added: UInt64) throws -> Bool {
        let policy = policy
        // What requests have brought follows the file of --taskprov, in every process of the role.
        guard !member.isBrought else { return false }
        guard KeyRotation.isDue(member.secrets, added: added, now: now, policy) else { return false }
        let task = member.task
        let key = newKey(for: task)
        let isNew = try made(of: task) { secrets, now throws(TaskDeskError) in
            guard KeyRotation.isDue(secrets, added: added, now: now, policy) else { return secrets }
            return try KeyRotation.begin(secrets, replacing: nil, pending: policy.pending, now: now, key: key)
        }
        if isNew {
            logger.notice(
                "a key was drawn by the schedule, and is told to clients in \(policy.pending) seconds",
                metadata: ["task": "\(task)", "key": "\(key.config.id)"])
        }
        return isNew
    }
}

/// What came of a turn of the schedule, in which one task's failure keeps no other from its turn.
struct ScheduleOutcome {
    private(set) var isChanged = false
    /// The first one.
    private(set) var failure: (any Error)?

    /// - Parameter body: whether it has changed something.
    mutating func note(_ body: () throws -> Bool) {
        do { isChanged = try body() || isChanged } catch { failure = failure ?? error }
    }
}
