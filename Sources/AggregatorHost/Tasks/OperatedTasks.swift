import Aggregator
import AggregatorServer
import Dispatch
import Logging
import PopulusDAP
import PopulusTaskFiles

/// The tasks of a process as its operator sees and changes them while it runs.
///
/// What is added is durable in the store before it is served, and served again after a restart. Other processes of the role
/// find it there.
package final class OperatedTasks: Sendable {
    let host: TaskHost
    let shelf: any TaskShelf
    private let replica: any StoreReplica
    private let clock: any AggregatorClock
    let logger: Logger
    /// What blocks runs here; what changes something, one after the other.
    private let queue = DispatchQueue(label: "populus.tasks")

    /// How often a process looks for what others of its role have added or ended.
    static let pause = Duration.seconds(1)
    /// After so many of these it tries again to serve what could not be served.
    static let pausesBetweenTries = 10

    /// - Parameters:
    ///   - shelf: the store that the host's tasks are in.
    ///   - replica: this process among those that work on it.
    package init(
        _ host: TaskHost, in shelf: any TaskShelf, _ replica: any StoreReplica,
        clock: any AggregatorClock = SystemClock(), logger: Logger
    ) {
        (self.host, self.shelf, self.replica, self.clock, self.logger) = (host, shelf, replica, clock, logger)
    }

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
        let kept = try shelf.keptTasks(only: nil).filter { host.members[$0.id] == nil && !others.contains($0.id) }
        // A start of each waits for the disk: some wait together.
        let workers = min(8, kept.count)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for place in stride(from: worker, to: kept.count, by: workers) { takeUp(kept[place]) }
        }
        try noteEnds()
    }

    /// Serves a task that the store keeps; where that cannot be done it is listed with the reason, and answers that it is not
    /// served for now.
    ///
    /// "No such task" would end the other side's work on it for good.
    func takeUp(_ kept: KeptTask) {
        let source = TaskSource.store(added: kept.added)
        do throws(StoreError) {
            let task = try kept.registration(as: role)
            do throws(TaskHost.Failure) { try host.add(task, from: source) } catch {
                switch error {
                case .alreadyServed: break
                case .store(let reason):
                    refuse(kept, reason) { () throws(TaskHost.Failure) in
                        try host.refuse(task, from: source, reason)
                    }
                case .wrongRole, .unusable: throw .damaged("task \(kept.id) cannot be served: \(error.words)")
                }
            }
        } catch {
            refuse(kept, error) { () throws(TaskHost.Failure) in try host.refuse(kept, error) }
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
        for member in host.members.all where member.ending == nil && member.source.isStore {
            guard task == nil || task == member.task else { continue }
            for kept in try shelf.keptTasks(only: member.task) { takeUp(kept) }
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

    /// Looks at what other processes of the role have added or ended.
    package func lookAtOthers() async throws {
        try await onQueue { [self] in
            for stored in try shelf.storedTasks() {
                if stored.isKept, host.members[stored.id] == nil {
                    for kept in try shelf.keptTasks(only: stored.id) { takeUp(kept) }
                }
                host.note(stored.end, of: stored.id)
            }
        }
    }

    /// Runs what blocks, behind what was asked for before.
    func onQueue<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
