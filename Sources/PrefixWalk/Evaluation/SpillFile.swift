import PopulusKernels
import Synchronization

/// A file without a name that holds state beyond the memory's budget, counted against the disk's.
///
/// Its room on the disk is free again as soon as it goes. Where it cannot be written, as on a full disk, it goes at once.
final class SpillFile: Sendable {
    private let budget: StateBudget
    private let reservedBytes: Int
    /// Nil once it could not be written.
    private let file: Mutex<FileHandle?>

    /// Nil where the budget or the disk has no room for it.
    init?(bytes: Int, budget: StateBudget) {
        guard let directory = budget.spillDirectory else { return nil }
        reservedBytes = Self.bytesOnDisk(bytes)
        guard budget.reserveOnDisk(reservedBytes) else { return nil }
        // Why there is none matters to nobody: what finds no room is computed again.
        guard let created = try? FileHandle(temporaryIn: directory) else {
            budget.releaseOnDisk(reservedBytes)
            return nil
        }
        self.budget = budget
        file = Mutex(created)
    }

    deinit { close() }

    /// Whether all that was written is there.
    var isWhole: Bool { file.withLock { $0 != nil } }

    /// Writes; where that fails the file is lost, and no later call does anything.
    func write(_ rows: WalkSlice, at offset: Int) {
        guard let handle = file.withLock({ $0 }) else { return }
        // Why it failed matters to nobody: what is lost is computed again.
        if (try? handle.write(rows, at: offset)) == nil { close() }
    }

    /// - Throws: `damagedSegment` from a lost file.
    func read(into rows: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        guard let handle = file.withLock({ $0 }) else { throw .damagedSegment }
        try handle.read(into: rows, at: offset)
    }

    /// The file first, then its share of the budget.
    private func close() {
        let handle = file.withLock { file in
            defer { file = nil }
            return file
        }
        guard handle != nil else { return }
        release(consume handle)
    }

    private func release(_ handle: consuming FileHandle?) {
        handle = nil
        budget.releaseOnDisk(reservedBytes)
    }

    /// Whole pages, as file systems give them.
    private static func bytesOnDisk(_ bytes: Int) -> Int { (bytes + 4095) & ~4095 }
}
