import PopulusKernels

/// Hands out parts of one buffer, last in first out; beyond the buffer's end, buffers of their own.
///
/// No part may be used after the arena's end: its buffer goes back to the shelf.
struct Arena: ~Copyable {
    private let buffer: WalkBuffer
    private let shelf: BufferShelf
    private var used = 0

    init(_ bytes: Int, from shelf: BufferShelf) {
        buffer = shelf.take(bytes)
        self.shelf = shelf
    }

    deinit { shelf.give(buffer) }

    /// Bytes of no known value, from a cache line's start on.
    mutating func take(_ bytes: Int) -> WalkSlice {
        guard bytes <= buffer.count - used else { return WalkSlice(WalkBuffer(uninitialized: bytes)) }
        defer { used = min((used + bytes + 63) & ~63, buffer.count) }
        return WalkSlice(buffer, at: used, count: bytes)
    }

    /// What is taken so far.
    var mark: Int { used }

    /// Frees what was taken since `mark`.
    mutating func release(to mark: Int) { used = mark }
}
