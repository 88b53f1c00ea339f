import PopulusKernels
import Synchronization

/// A file without a name that holds rows of state beyond the memory's budget, counted against the disk's.
///
/// Its room on the disk is free again as soon as it goes. Where it cannot be written, as on a full disk, it goes at once.
final class SpillFile: Sendable {
    private let budget: StateBudget
    private let reservedBytes: Int
    /// Bytes of a row.
    private let stride: Int
    /// What its rows are sealed with, if they are.
    private let seal: SpillSeal?
    /// Nil once it could not be written.
    private let file: Mutex<FileHandle?>

    /// Nil where the budget or the disk has no room for it.
    init?(rows: Int, stride: Int, budget: StateBudget) {
        guard let directory = budget.spillDirectory else { return nil }
        self.stride = stride
        seal = budget.sealsSpills ? SpillSeal() : nil
        reservedBytes = Self.bytesOnDisk(rows * (stride + (seal == nil ? 0 : SpillSeal.extra)))
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

    /// Writes rows from one on; where that fails the file is lost, and no later call does anything.
    func write(_ rows: WalkSlice, from first: Int) {
        guard let handle = file.withLock({ $0 }), stride > 0 else { return }
        let written = seal.map { $0.seal(rows, stride: stride) } ?? rows
        // Why it failed matters to nobody: what is lost is computed again.
        guard let written, (try? handle.write(written, at: first * storedStride)) != nil else { return close() }
    }

    /// Fills `rows` with those from one on.
    ///
    /// - Throws: `damagedSegment` from a lost file.
    func read(into rows: WalkSlice, from first: Int) throws(PrefixWalkError) {
        guard let handle = file.withLock({ $0 }) else { throw .damagedSegment }
        guard let seal, stride > 0 else { return try handle.read(into: rows, at: first * stride) }
        let sealed = WalkSlice(WalkBuffer(uninitialized: rows.count / stride * storedStride))
        try handle.read(into: sealed, at: first * storedStride)
        try seal.open(sealed, into: rows, stride: stride)
    }

    /// Bytes of a row in the file.
    private var storedStride: Int { stride + (seal == nil ? 0 : SpillSeal.extra) }

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
