import PopulusKernels
import Synchronization

/// Buffers that one step of a shard has done with and the next one of the same walk takes: fresh memory costs as much as a
/// candidate or two of each report.
///
/// Each walk has a ``BufferShelf`` of its own; the limit holds for all of them together. What lies on a shelf is not wiped
/// before it is taken again, makes room for others, or the shelf is closed.
package final class BufferPool: Sendable {
    /// Smaller buffers are not kept.
    private static let least = 16 << 10

    fileprivate struct Kept {
        let buffer: WalkBuffer
        let since: ContinuousClock.Instant
    }

    fileprivate struct Shelf {
        var users = 0
        /// The oldest first.
        var kept: [Kept] = []
        var bytes = 0
    }

    fileprivate struct State {
        var shelves: [ObjectIdentifier: Shelf] = [:]
        var bytes = 0
    }

    package let limitBytes: Int
    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameter patience: what has lain for longer goes first where there is no room.
    package init(limitBytes: Int, patience: Duration = .seconds(10)) {
        self.limitBytes = limitBytes
        self.patience = patience
    }

    /// What a buffer for so many bytes takes: rounded up by an eighth at most, so that buffers fit the next step too.
    static func capacity(_ bytes: Int) -> Int {
        guard bytes >= least else { return bytes }
        let unit = (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8
        return (bytes + unit - 1) / unit * unit
    }

    /// Bytes that are kept, of all walks.
    var keptBytes: Int { state.withLock { $0.bytes } }

    fileprivate func keptBytes(on shelf: ObjectIdentifier) -> Int { state.withLock { $0.shelves[shelf]?.bytes ?? 0 } }

    fileprivate func open(_ shelf: ObjectIdentifier) {
        state.withLock { $0.shelves[shelf, default: Shelf()].users += 1 }
    }

    /// Wipes and frees all that is kept on a shelf when its last user closes it.
    ///
    /// - Returns: whether it was the last.
    fileprivate func close(_ shelf: ObjectIdentifier) -> Bool {
        let closed = state.withLock { state -> Shelf? in
            state.shelves[shelf]?.users -= 1
            guard state.shelves[shelf]?.users == 0 else { return nil }
            state.bytes -= state.shelves[shelf]?.bytes ?? 0
            return state.shelves.removeValue(forKey: shelf)
        }
        return closed != nil
    }

    fileprivate func take(_ bytes: Int, from shelf: ObjectIdentifier) -> WalkBuffer {
        let wanted = Self.capacity(bytes)
        let found = state.withLock { state -> WalkBuffer? in
            guard let kept = state.shelves[shelf]?.kept else { return nil }
            let fitting = kept.indices.filter {
                kept[$0].buffer.count >= wanted && kept[$0].buffer.count <= wanted + wanted / 4
            }
            return fitting.min { kept[$0].buffer.count < kept[$1].buffer.count }.flatMap { state.remove($0, shelf) }
        }
        return found ?? WalkBuffer(uninitialized: wanted)
    }

    fileprivate func give(_ buffer: WalkBuffer, to shelf: ObjectIdentifier) {
        guard buffer.count >= Self.least, buffer.count <= limitBytes else { return }
        let now = ContinuousClock.now
        // What goes is wiped when the lock is free again.
        let dropped = state.withLock { state -> [WalkBuffer] in
            guard state.shelves[shelf] != nil else { return [] }
            state.add(Kept(buffer: buffer, since: now), shelf)
            var dropped: [WalkBuffer] = []
            while state.bytes > limitBytes, let next = state.removeOne(lyingSince: now - patience) {
                dropped.append(next)
            }
            return dropped
        }
        _ = dropped
    }
}

extension BufferPool.State {
    mutating func add(_ kept: BufferPool.Kept, _ shelf: ObjectIdentifier) {
        shelves[shelf]?.kept.append(kept)
        shelves[shelf]?.bytes += kept.buffer.count
        bytes += kept.buffer.count
    }

    mutating func remove(_ index: Int, _ shelf: ObjectIdentifier) -> WalkBuffer? {
        guard let buffer = shelves[shelf]?.kept.remove(at: index).buffer else { return nil }
        shelves[shelf]?.bytes -= buffer.count
        bytes -= buffer.count
        return buffer
    }

    /// Makes room: what has lain since `instant` goes, of a walk at rest most likely; else the oldest of the walk that has
    /// most, so that none at work loses its part to another.
    mutating func removeOne(lyingSince instant: ContinuousClock.Instant) -> WalkBuffer? {
        let filled = shelves.compactMap { shelf in
            shelf.value.kept.first.map { (shelf.key, $0.since, shelf.value.bytes) }
        }
        guard let oldest = filled.min(by: { $0.1 < $1.1 }), let greatest = filled.max(by: { $0.2 < $1.2 }) else {
            return nil
        }
        return remove(0, oldest.1 <= instant ? oldest.0 : greatest.0)
    }
}

/// One walk's part of a pool, while it is open.
package final class BufferShelf: Sendable {
    private let pool: BufferPool

    package init(of pool: BufferPool) { self.pool = pool }

    private var id: ObjectIdentifier { ObjectIdentifier(self) }

    /// A buffer of `capacity(bytes)` bytes of no known value, or a little more.
    package func take(_ bytes: Int) -> WalkBuffer { pool.take(bytes, from: id) }

    /// Takes a buffer back that nobody else holds; where there is no room some buffer goes, and this one when the shelf is
    /// closed.
    package func give(_ buffer: WalkBuffer) { pool.give(buffer, to: id) }

    /// Keeps buffers from now on; each user closes it once.
    package func open() { pool.open(id) }

    /// Wipes and frees all that is kept, unless there is another user.
    ///
    /// - Returns: whether there is none.
    @discardableResult
    package func close() -> Bool { pool.close(id) }

    /// Bytes that are kept.
    package var keptBytes: Int { pool.keptBytes(on: id) }
}
