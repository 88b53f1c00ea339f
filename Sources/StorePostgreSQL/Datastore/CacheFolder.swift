#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusDurableFiles
import Synchronization

/// The folder of a process for what is made again where it is lost: segments, and marks of how far each task is.
///
/// Every database has a folder of its own in it, named by the database's ID, so that two never share one. One process at a
/// time has it.
final class CacheFolder: Sendable {
    private let folder: String
    private let lock: Mutex<FileLock?>

    /// - Parameter root: is made if it is not there, for its owner only.
    /// - Throws: `StoreError.inUse` where another process has it.
    init(_ root: String, database: StoreID) throws(StoreError) {
        let folder = "\(root)/\(database.base64URL)"
        let lock: FileLock?
        do throws(DurableFileError) {
            for path in [root, folder, "\(folder)/segments", "\(folder)/marks"] { try FileNames.makeFolder(path) }
            lock = try FileLock(path: "\(folder)/lock")
        } catch { throw StoreError("cannot make \(folder)", error) }
        guard let lock else { throw .inUse("the cache folder \(folder)") }
        self.folder = folder
        self.lock = Mutex(lock)
    }

    /// Another process may have it.
    func release() { lock.withLock { $0 = nil } }

    var segments: String { "\(folder)/segments" }

    func mark(of task: TaskID) -> String { "\(folder)/marks/\(task.base64URL)" }
}
#endif
