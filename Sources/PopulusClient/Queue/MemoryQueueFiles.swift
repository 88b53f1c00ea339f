import Synchronization

/// A queue's files in memory: they end with the process.
package final class MemoryQueueFiles: QueueFiles {
    private let files = Mutex<[String: [UInt8]]>([:])

    package init() {}

    package func open() throws(QueueFileError) -> [String] { files.withLock { Array($0.keys) } }

    package func read(_ name: String) throws(QueueFileError) -> [UInt8]? { files.withLock { $0[name] } }

    package func write(_ bytes: [UInt8], to name: String) throws(QueueFileError) {
        files.withLock { $0[name] = bytes }
    }

    package func remove(_ name: String) throws(QueueFileError) { files.withLock { $0[name] = nil } }

    package func close() {}
}
