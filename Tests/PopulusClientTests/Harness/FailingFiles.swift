import PopulusClient
import Synchronization

/// A queue's files on a disk that is full, or whose files cannot be removed.
final class FailingFiles: QueueFiles {
    private let files = MemoryQueueFiles()
    private let failing = Mutex<(writes: Bool, removals: Bool)>((false, false))

    func set(writes: Bool = false, removals: Bool = false) { failing.withLock { $0 = (writes, removals) } }

    func open() throws(QueueFileError) -> [String] { try files.open() }
    func read(_ name: String) throws(QueueFileError) -> [UInt8]? { try files.read(name) }

    func write(_ bytes: [UInt8], to name: String) throws(QueueFileError) {
        guard !failing.withLock({ $0.writes }) else { throw .full }
        try files.write(bytes, to: name)
    }

    func remove(_ name: String) throws(QueueFileError) {
        guard !failing.withLock({ $0.removals }) else { throw .other("it stays") }
        try files.remove(name)
    }

    func close() {}
}
