import Aggregator
import AggregatorServer
import Dispatch
import Logging
import PopulusDAP
import PopulusTaskFiles
import Synchronization

/// The tasks of a process as its operator sees and changes them while it runs.
///
/// What is added is durable in the store before it is served, and served again after a restart. Other processes of the role
/// find it there.
package final class OperatedTasks: Sendable {
    let host: TaskHost
    let shelf: any TaskShelf
    private let replica: any StoreReplica
    private let clock: any AggregatorClock
    let policy: RotationPolicy
    let logger: Logger
    /// By what tasks are taken up that requests bring; nothing where none are.
    let taskprov: TaskprovFile?
    /// The most tasks that the store may hold, those that have ended among them.
    let mostTasks: Int
    /// Tasks whose keys and tokens have yet to become those of the file, where requests have brought them.
    let unfollowed = Mutex<Set<TaskID>>([])
    /// The tasks that the store was seen to hold; none goes.
    let stored = Mutex<Set<TaskID>>([])
    /// Rows up to which something was stored that may need a key, and when that was seen last, in seconds since the Epoch.
    let neededRows = Mutex<[[Int64]: UInt64]>([:])
    /// What blocks runs here; what changes something, one after the other.
    private let queue = DispatchQueue(label: "populus.tasks")

    /// How often a process looks for what others of its role have added or ended.
    static let pause = Duration.seconds(1)
    /// After so many of these it tries again to serve what could not be served.
    static let pausesBetweenTries = 10

    /// - Parameters:
    ///   - shelf: the store that the host's tasks are in.
    ///   - replica: this process among those that work on it.
    ///   - rotation: how keys come and go; nothing for what is usual.
    ///   - taskprov: by what tasks are taken up that requests bring; nothing where none are.
    ///   - mostTasks: the most tasks that the store may hold, those that have ended among them.
    package init(
        _ host: TaskHost, in shelf: any TaskShelf, _ replica: any StoreReplica,
        clock: any AggregatorClock = SystemClock(), rotation: RotationPolicy? = nil, taskprov: TaskprovFile? = nil,
        mostTasks: Int = usuallyMostTasks, logger: Logger
    ) {
        (self.host, self.shelf, self.replica, self.clock, self.logger) = (host, shelf, replica, clock, logger)
        policy = rotation ?? RotationPolicy(role: host.registry.role)
        (self.taskprov, self.mostTasks) = (taskprov, mostTasks)
        if let taskprov {
            host.keyring.add(taskprov.hpkeKeys)
            offerFileKeys()
        }
        guard replica.isShared else { return }
        host.keyring.onUse { [weak self] in await self?.isCurrent() ?? true }
    }

    /// The most tasks of a store where nobody says otherwise.
    package static let usuallyMostTasks = 10_000

    var role: Role { host.registry.role }
    var isShared: Bool { replica.isShared }
    var now: UInt64 { clock.now }

    /// Serves the tasks that the store keeps, but for those that are served already; blocks the calling thread.
    ///
    /// One that cannot be served keeps no other from it, and is listed with the reason.
    ///
    /// - Parameter others: further tasks that are left alone.
    /// - Throws: what the store says, where it cannot say which it keeps.
    package func takeUp(but others: Set<TaskID> = []) throws {
        let began = ContinuousClock.now
        // Before what it is of: what changes in between is looked at again.
        let revisions = Dictionary(uniqueKeysWithValues: try shelf.storedTasks().map { ($0.id, $0.revision) })
        stored.withLock { $0.formUnion(revisions.keys) }
        let kept = try shelf.keptTasks(only: nil).filter { host.members[$0.id] == nil && !others.contains($0.id) }
        unfollowed.withLock { $0 = Set(kept.map(\.id)) }
        // A start of each waits for the disk: some wait together.
        let workers = min(8, kept.count)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for place in stride(from: worker, to: kept.count, by: workers) {
                takeUp(kept[place], revision: revisions[kept[place].id] ?? 0)
            }
        }
        try noteEnds()
        offerFileKeys()
        if isShared { host.freshness.note(began) }
    }

    /// Serves a task that the store keeps; where that cannot be done it is listed with the reason, and answers that it is not
    /// served for now.
    ///
    /// "No such task" would end the other side's work on it for good.
    ///
    /// - Parameter revision: of its keys and tokens, or an earlier one: then they are looked at again.
    func takeUp(_ kept: KeptTask, revision: UInt64) {
        let source = TaskSource.store(added: kept.added)
        do throws(StoreError) {
            let (kept, revision) = try followingFile(kept, revision)
            let task = try registration(of: kept)
            let prepare = { [now, policy] (credentials: TaskCredentials) in
                credentials.apply(kept.secrets, revision: revision, at: now, policy, isStart: true)
            }
            do throws(TaskHost.Failure) {
                try host.add(task, from: source, prepare: prepare)
                host.members.note(kept.secrets, of: task, revision: revision)
            } catch {
                switch error {
                case .alreadyServed: break
                case .store(let reason):
                    refuse(kept, reason) { () throws(TaskHost.Failure) in
                        try host.refuse(task, from: source, reason, prepare: prepare)
                        host.members.note(kept.secrets, of: task, revision: revision)
                    }
                case .wrongRole, .unusable: throw .damaged("task \(kept.id) cannot be served: \(error.words)")
                }
            }
        } catch {
            refuse(kept, error) { () throws(TaskHost.Failure) in try host.refuse(kept, error, at: now) }
        }
    }

    private func refuse(_ kept: KeptTask, _ reason: StoreError, _ refuse: () throws(TaskHost.Failure) -> Void) {
        // The same reason again is no news.
        if host.members[kept.id]?.reason != "\(reason)" {
            logger.error("a task is not served: \(reason)", metadata: ["task": "\(kept.id)"])
        }
        do throws(TaskHost.Failure) { try refuse() } catch {
            logger.error("a task is not even refused: \(error.words)", metadata: ["task": "\(kept.id)"])
        }
    }

    /// Tries again to serve the store's tasks that could not be served: the reason may have passed, or somebody mended it.
    ///
    /// - Parameter task: that one alone; all of them without.
    func serveAgain(only task: TaskID? = nil) throws {
        let unserved = try shelf.storedTasks().filter { stored in
            guard task == nil || task == stored.id, let member = host.members[stored.id] else { return false }
            return member.ending == nil && member.source.isStore
        }
        try each(unserved) { stored in
            for kept in try shelf.keptTasks(only: stored.id) { takeUp(kept, revision: stored.revision) }
            wasRead(stored.id)
        }
        try noteEnds()
    }

    /// The same, behind what was asked for before; what cannot be looked at now is tried again later.
    package func tryAgain() async {
        guard host.members.all.contains(where: { $0.ending == nil && $0.source.isStore }) else { return }
        let text = "tasks that are not served cannot be looked at"
        do {
            try await onQueue { [self] in try serveAgain() }
            host.troubles.end(text)
        } catch {
            host.troubles.note(text, reason: "\(error)")
        }
    }

    /// Takes note of how far the ends of all tasks have come.
    private func noteEnds() throws {
        for task in try shelf.storedTasks() { host.note(task.end, of: task.id) }
    }

    /// Has the keys and tokens of all tasks be used as their times say.
    package func advance() {
        // Of a thousand tasks few have keys or tokens whose time comes.
        for member in host.members.all where member.secrets.contains(where: \.times.areSet) { apply(to: member) }
        offerFileKeys()
    }

    func apply(to member: Member?) {
        guard let member, !member.secrets.isEmpty else { return }
        member.credentials?.apply(member.secrets, revision: member.revision, at: now, policy)
    }

    /// Runs what blocks, behind what was asked for before.
    func onQueue<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
