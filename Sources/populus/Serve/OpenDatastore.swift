import Aggregator
import DAP
import Logging
import StoreSQLite

/// The one datastore that a process has open, for all of its tasks.
struct OpenDatastore: Sendable {
    private let path: String
    private let datastore: SQLiteDatastore
    private let logger: Logger

    /// - Parameter tasks: those that are going to be served; if the store's files are moved or damaged, none is any more.
    init(
        at location: StoreLocation, role: Role, for tasks: [TaskID], logger: Logger
    ) throws(CommandFailure) {
        (path, self.logger) = (location.file, logger)
        let names = tasks.map { "\($0)" }.joined(separator: ",")
        let isOne = tasks.count == 1
        do {
            datastore = try SQLiteDatastore(
                path: location.file, role: role, holding: tasks,
                onOutage: { error in
                    logger.error(
                        "the \(isOne ? "task is" : "tasks are") not served any more: \(error)",
                        metadata: [isOne ? "task" : "tasks": "\(names)"])
                })
        } catch {
            // Whose store is missing is said; all else is a matter of the file.
            throw CommandFailure(opening: location.file, tasks: error as? StoreError == .missing ? tasks : [], error)
        }
    }

    func open(_ task: AggregatorTask) throws -> any TaskStore { try datastore.open(task) }

    /// Why a task cannot be served, where its store says so.
    func failure(_ error: StoreError, of task: TaskID) -> CommandFailure {
        CommandFailure(error, path: path, tasks: [task])
    }

    /// Sees whether its files are where they were; what is wrong is said once.
    func look() { _ = datastore.outage }

    func close() {
        do { try datastore.close() } catch {
            logger.error("the store was not closed in order; nothing is lost", metadata: ["reason": "\(error)"])
        }
    }
}
