import Aggregator
import Foundation
import Logging
import PopulusDAP
import StoreSQLite
import Synchronization

/// The stores of an interop aggregator: one file in its folder.
///
/// A task that is new there gets its store when a test runner adds it: the runner is its operator.
final class InteropStores: Sendable {
    private let file: String
    private let role: Role
    private let datastore = Mutex<SQLiteDatastore?>(nil)

    init(in folder: InteropFolder, role: Role) {
        file = "\(folder.path)/\(role.name).sqlite"
        self.role = role
    }

    func open(_ task: AggregatorTask) throws -> any TaskStore {
        try datastore.withLock { open in
            let datastore = try open ?? begin(with: task)
            open = datastore
            if try !datastore.tasks.contains(task.id) {
                try datastore.add(task.id, configurationDigest: task.configurationDigest)
            }
            return try datastore.open(task)
        }
    }

    /// Opens the file, which the first of all tasks makes.
    private func begin(with task: AggregatorTask) throws -> SQLiteDatastore {
        if !FileManager.default.fileExists(atPath: file) {
            try SQLiteDatastore.create(
                path: file, role: role, task: task.id, configurationDigest: task.configurationDigest)
        }
        return try SQLiteDatastore(path: file, role: role)
    }

    func close(_ logger: Logger) {
        do { try datastore.withLock { try $0?.close() } } catch {
            logger.error("the store was not closed in order; nothing is lost", metadata: ["reason": "\(error)"])
        }
    }
}
