import Aggregator
import AggregatorServer
import Logging
import PopulusDAP
import Synchronization

/// The one datastore that a process has open, for all of its tasks.
struct OpenDatastore: Sendable {
    private let location: StoreLocation
    private let datastore: any ServedDatastore
    private let logger: Logger
    /// Told by ``look()``.
    private let absence = Absence()

    /// - Parameter sealKeys: those that the operator gives, if any.
    /// - Parameter tasks: those that are going to be served; if the store's files are moved, or its database is put back, none is any more.
    init(
        by engine: any StoreEngine, role: Role, for tasks: [TaskID], sealKeys: SealKeys?, logger: Logger
    ) throws(CommandFailure) {
        (location, self.logger) = (engine.location, logger)
        do {
            datastore = try engine.open(
                role: role, holding: tasks, sealKeys: sealKeys, logger: logger,
                onOutage: { error, task in
                    let lost = task.map { [$0] } ?? tasks
                    let (isOne, names) = (lost.count == 1, lost.map { "\($0)" }.joined(separator: ","))
                    logger.error(
                        "the \(isOne ? "task is" : "tasks are") not served any more: \(error)",
                        metadata: [isOne ? "task" : "tasks": "\(names)"])
                })
        } catch {
            // Whose store is missing is said; all else is a matter of the whole.
            throw CommandFailure(opening: engine.location, tasks: error as? StoreError == .missing ? tasks : [], error)
        }
    }

    /// The tasks that it holds and keeps.
    var shelf: any TaskShelf { datastore }

    /// This process among those that work on it.
    var replica: any StoreReplica { datastore.replica }

    func open(_ task: AggregatorTask) throws -> any TaskStore { try datastore.open(task) }

    /// Why a task cannot be served, where its store says so.
    func failure(_ error: StoreError, of task: TaskID) -> CommandFailure {
        CommandFailure(error, at: location, tasks: [task])
    }

    /// Why nothing can be served, where the store says so.
    func failure(_ error: any Error) -> CommandFailure { CommandFailure(opening: location, error) }

    /// Whether it is one task's trouble that its store cannot be opened, so that the others are served: what it needs is lost or
    /// damaged, or the other aggregator has found fault with it.
    ///
    /// All else is a slip in the command, or a matter of the whole file or database.
    func isAlone(_ error: StoreError, of task: TaskID) -> Bool {
        if case .refused = error { return true }
        return datastore.damage(of: task) != nil
    }

    /// Sees whether it is there, and what and where it was; what is wrong is said once.
    func look() {
        guard datastore.outage == nil else { return }
        let isAway = datastore.isAway
        guard absence.isNew(isAway) else { return }
        if isAway {
            logger.error("the database cannot be reached: requests fail until it is back")
        } else {
            logger.notice("the database can be reached again")
        }
    }

    /// Whether it can be worked with; it looks.
    var state: StoreState {
        if let outage = datastore.outage { return .lost("\(outage)") }
        return datastore.isAway ? .away : .here
    }

    /// How much room it takes; for `/metrics`.
    func room() async -> StoreRoom { await datastore.room() }

    func close() {
        do { try datastore.close() } catch {
            logger.error("the store was not closed in order; nothing is lost", metadata: ["reason": "\(error)"])
        }
    }
}

/// Whether a database was away when somebody looked last.
private final class Absence: Sendable {
    private let wasAway = Mutex(false)

    /// Whether that has changed.
    func isNew(_ isAway: Bool) -> Bool {
        wasAway.withLock { wasAway in
            defer { wasAway = isAway }
            return wasAway != isAway
        }
    }
}
