import PopulusKernels
import Synchronization

/// What carried node state may take of memory and of the disk, shared by all walks of a process.
///
/// State that finds no room in memory goes to files without names in `spillDirectory`, up to `diskLimitBytes` of them all.
/// State that finds no room there either is dropped: then the shard's next step starts at the root again, which costs time
/// and no correctness.
///
/// Besides, buffers that are used again take at most a quarter of the memory, but 4 MiB at least and 256 MiB at most: what
/// the shards at work hand on to the next ones of their walk. Those of a walk are wiped and freed when its last evaluator or
/// segment builder ends (``WalkAccount``).
package final class StateBudget: Sendable {
    package let limitBytes: Int
    /// The most that the files may have in bytes, all together.
    package let diskLimitBytes: Int
    let spillDirectory: String?
    /// Whether what goes to these files is sealed with a key that is in memory alone.
    let sealsSpills: Bool
    let pool: BufferPool
    private let onFirstDrop: @Sendable () -> Void
    private let counts = Mutex(Counts())

    private struct Counts {
        var usedBytes = 0
        var diskBytes = 0
        var dropped = 0
    }

    /// - Parameter onFirstDrop: called once, when state is dropped for the first time.
    package init(
        limitBytes: Int, spillDirectory: String? = nil, sealsSpills: Bool = false, diskLimitBytes: Int = 16 << 30,
        onFirstDrop: @escaping @Sendable () -> Void = {}
    ) {
        self.limitBytes = limitBytes
        self.spillDirectory = spillDirectory
        self.sealsSpills = sealsSpills
        self.diskLimitBytes = diskLimitBytes
        self.onFirstDrop = onFirstDrop
        pool = BufferPool(limitBytes: min(max(limitBytes / 4, 4 << 20), 256 << 20))
    }

    /// 512 MiB, and no spilling.
    package static func standard() -> StateBudget { StateBudget(limitBytes: 512 << 20) }

    /// Bytes of state in memory.
    package var usedBytes: Int { counts.withLock { $0.usedBytes } }

    /// Bytes of state in files, as they take room on a disk.
    package var diskBytes: Int { counts.withLock { $0.diskBytes } }

    /// How often a shard's state was dropped for lack of room.
    package var droppedStates: Int { counts.withLock { $0.dropped } }

    /// Bytes of buffers that wait to be used again, and the most that there can be.
    package var pooledBytes: Int { pool.keptBytes }
    package var pooledLimitBytes: Int { pool.limitBytes }

    /// Counts what a buffer for state takes; false where there is no room.
    func reserveInMemory(_ bytes: Int) -> Bool {
        let capacity = BufferPool.capacity(bytes)
        return counts.withLock { counts in
            guard capacity <= limitBytes - counts.usedBytes else { return false }
            counts.usedBytes += capacity
            return true
        }
    }

    /// Takes the room of such a buffer back, which nobody uses by now.
    func releaseInMemory(_ bytes: Int) { counts.withLock { $0.usedBytes -= BufferPool.capacity(bytes) } }

    /// Counts what a file takes; false where there is no room.
    func reserveOnDisk(_ bytes: Int) -> Bool {
        counts.withLock { counts in
            guard bytes <= diskLimitBytes - counts.diskBytes else { return false }
            counts.diskBytes += bytes
            return true
        }
    }

    /// Takes the room of such a file back, which is closed by now.
    func releaseOnDisk(_ bytes: Int) { counts.withLock { $0.diskBytes -= bytes } }

    /// Notes that a shard's state is dropped.
    func noteDrop() {
        let isFirst = counts.withLock { counts in
            counts.dropped += 1
            return counts.dropped == 1
        }
        if isFirst { onFirstDrop() }
    }
}
