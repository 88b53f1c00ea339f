import Aggregator
import DAP
import Foundation
import StoreSQLite

/// Stores as tests want them: made when they are first opened.
enum TestStore {
    static func open(_ path: String, _ task: AggregatorTask) throws -> SQLiteStore {
        if !FileManager.default.fileExists(atPath: path) {
            try SQLiteStore.create(
                path: path, role: task.role, task: task.id, configurationDigest: task.configurationDigest)
        }
        return try SQLiteStore(
            path: path, role: task.role, task: task.id, configurationDigest: task.configurationDigest)
    }
}
