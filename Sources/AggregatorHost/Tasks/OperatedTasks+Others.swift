import Aggregator
import PopulusDAP

/// What other processes of the role have added, changed or ended.
extension OperatedTasks {
    private static let damage = "what the store keeps of a task cannot be read"

    /// Looks at what other processes of the role have added, changed or ended.
    package func lookAtOthers() async throws {
        try await onQueue { [self] in _ = try takeUpOthers() }
    }

    /// Takes up what the store keeps and is not served here, and goes by what others have changed; on the queue.
    ///
    /// - Returns: all tasks that the store holds.
    func takeUpOthers() throws -> [StoredTask] {
        let began = ContinuousClock.now
        let all = try shelf.storedTasks()
        stored.withLock { $0.formUnion(all.map(\.id)) }
        try each(all) { stored in
            defer { host.note(stored.end, of: stored.id) }
            guard stored.isKept else { return }
            guard let member = host.members[stored.id] else {
                for kept in try shelf.keptTasks(only: stored.id) { takeUp(kept, revision: stored.revision) }
                return wasRead(stored.id)
            }
            guard member.hasKeptSecrets, member.revision < stored.revision else { return }
            for kept in try shelf.keptTasks(only: stored.id) { try take(kept, revision: stored.revision) }
            wasRead(stored.id)
        }
        if isShared { host.freshness.note(began) }
        return all
    }

    /// Does something for each task: one that fails keeps no other from it.
    ///
    /// A task of which something is damaged is told of by its name. It is looked at again, and meanwhile all is as it was.
    ///
    /// - Throws: what went wrong first, behind the last one, unless it is damage: then the store could not be asked.
    func each(_ tasks: [StoredTask], _ body: (StoredTask) throws -> Void) throws {
        var failure: (any Error)?
        for task in tasks {
            do { try body(task) } catch StoreError.damaged(let what) {
                host.troubles.note(
                    Self.damage, about: "\(task.id)", reason: "\(StoreError.damaged(what))",
                    metadata: ["task": "\(task.id)"])
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Takes note that what the store keeps of a task could be read.
    func wasRead(_ task: TaskID) { host.troubles.end(Self.damage, about: "\(task)") }

    /// Whether nothing was missed that others of the role have changed; it looks where something may have been.
    ///
    /// One look answers all that wait for it. A store that could not be asked is not asked again at once.
    func isCurrent() async -> Bool {
        guard host.freshness.isStale else { return true }
        let hasLooked = try? await onQueue { [self] in
            // Somebody else has looked while this one waited.
            guard host.freshness.isStale else { return true }
            guard host.freshness.mayTry else { return false }
            // What the store says is told by those who look every second.
            do { _ = try takeUpOthers() } catch { host.freshness.noteFailure() }
            return !host.freshness.isStale
        }
        return hasLooked ?? false
    }

    /// Goes by what the store keeps of a task now.
    func take(_ kept: KeptTask, revision: UInt64) throws {
        host.members.note(kept.secrets, of: try registration(of: kept), revision: revision)
        apply(to: host.members[kept.id])
    }
}
