import Foundation
import PopulusDurableFiles
import Synchronization

/// A folder of a task's own inside the app's folder, locked against other processes.
package final class DiskQueueFiles: QueueFiles {
    private let parent: String
    private let folder: String
    private let lock = Mutex<FileLock?>(nil)

    /// No file of a queue is larger: a report has some kilobytes.
    private static let greatestFile = 64 << 20
    private static let lockName = "lock"

    /// - Parameters:
    ///   - parent: the app's folder.
    ///   - name: the task's name in it.
    package init(parent: String, name: String) {
        self.parent = parent
        folder = parent + "/" + name
    }

    package func open() throws(QueueFileError) -> [String] {
        let lock: FileLock?
        do throws(DurableFileError) {
            for path in [parent, folder] where try FileNames.makeFolder(path) {
                try FileNames.synchronize(folder: FileNames.folder(of: path))
            }
            lock = try FileLock(path: "\(folder)/\(Self.lockName)")
        } catch {
            throw QueueFileError(error)
        }
        guard let lock else { throw .inUse(folder: folder) }
        self.lock.withLock { $0 = lock }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .other("\(folder): \(error.localizedDescription)")
        }
        // What a crash left half written; nobody else writes here while the lock is held.
        for name in names where name.hasSuffix(".new") { try remove(name) }
        return names.filter { !$0.hasSuffix(".new") && $0 != Self.lockName }
    }

    package func read(_ name: String) throws(QueueFileError) -> [UInt8]? {
        do throws(DurableFileError) {
            return try DurableFile.read("\(folder)/\(name)", limit: Self.greatestFile)
        } catch {
            throw QueueFileError(error)
        }
    }

    package func write(_ bytes: [UInt8], to name: String) throws(QueueFileError) {
        do throws(DurableFileError) {
            try DurableFile.write(bytes, to: "\(folder)/\(name)", durable: true)
        } catch {
            throw QueueFileError(error)
        }
    }

    package func remove(_ name: String) throws(QueueFileError) {
        do throws(DurableFileError) {
            try DurableFile.remove("\(folder)/\(name)")
        } catch {
            throw QueueFileError(error)
        }
    }

    package func close() { lock.withLock { $0 = nil } }
}

extension QueueFileError {
    fileprivate init(_ error: DurableFileError) {
        self = error.cause == .full ? .full : .other(error.description)
    }
}
