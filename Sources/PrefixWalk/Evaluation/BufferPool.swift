import Kernels
import Synchronization

/// Buffers that one step of a shard has done with and the next one takes: fresh memory costs as much as a candidate or
/// two of each report.
///
/// What lies in the pool is not wiped before it is taken again or the pool drained.
final class BufferPool: Sendable {
    /// Smaller buffers are not kept.
    private static let least = 16 << 10
    private let limitBytes: Int
    private let kept = Mutex<[WalkBuffer]>([])

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    /// What a buffer for so many bytes takes: rounded up by an eighth at most, so that buffers fit the next step too.
    static func capacity(_ bytes: Int) -> Int {
        guard bytes >= least else { return bytes }
        let unit = (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8
        return (bytes + unit - 1) / unit * unit
    }

    /// A buffer of `capacity(bytes)` bytes of no known value, or a little more.
    func take(_ bytes: Int) -> WalkBuffer {
        let wanted = Self.capacity(bytes)
        let found = kept.withLock { kept -> WalkBuffer? in
            let fitting = kept.indices.filter { kept[$0].count >= wanted && kept[$0].count <= wanted + wanted / 4 }
            return fitting.min { kept[$0].count < kept[$1].count }.map { kept.remove(at: $0) }
        }
        return found ?? WalkBuffer(uninitialized: wanted)
    }

    /// Takes a buffer back that nobody else holds; where there is no room, the oldest ones go.
    func give(_ buffer: WalkBuffer) {
        guard buffer.count >= Self.least, buffer.count <= limitBytes else { return }
        // What goes is wiped when the lock is free again.
        let dropped = kept.withLock { kept -> [WalkBuffer] in
            kept.append(buffer)
            var total = kept.reduce(0) { $0 + $1.count }
            var dropped: [WalkBuffer] = []
            while total > limitBytes {
                total -= kept[0].count
                dropped.append(kept.removeFirst())
            }
            return dropped
        }
        _ = dropped
    }

    /// Wipes and frees all that is kept.
    func drain() {
        let dropped = kept.withLock { kept in
            defer { kept = [] }
            return kept
        }
        _ = dropped
    }

    /// Bytes that are kept, for tests.
    var keptBytes: Int { kept.withLock { $0.reduce(0) { $0 + $1.count } } }
}
