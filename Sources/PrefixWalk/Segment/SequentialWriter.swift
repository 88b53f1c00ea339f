import PopulusKernels

/// Writes a part of a file from its start on, in large pieces.
struct SequentialWriter: ~Copyable {
    private let file: FileHandle
    private let buffer: WalkBuffer
    private let shelf: BufferShelf
    private var pending = 0
    /// Where in the file the next piece goes.
    private var end: Int
    private var sum = DamageLanes()

    /// A multiple of what the digest takes at once.
    static let pieceCount = 1 << 20

    /// - Parameters:
    ///   - start: where it begins.
    ///   - shelf: where the memory for pieces comes from and goes to.
    init(_ file: FileHandle, from start: Int, _ shelf: BufferShelf) {
        self.file = file
        self.shelf = shelf
        end = start
        buffer = shelf.take(Self.pieceCount)
    }

    deinit { shelf.give(buffer) }

    mutating func append(_ slice: WalkSlice) throws(PrefixWalkError) {
        var done = 0
        while done < slice.count {
            let part = min(slice.count - done, Self.pieceCount - pending)
            buffer.copy(from: slice.buffer, at: slice.offset + done, to: pending, count: part)
            pending += part
            done += part
            if pending == Self.pieceCount { try flush() }
        }
    }

    /// Hands the rest and then the digest of everything to the operating system; once only.
    ///
    /// - Returns: the bytes of the file before the digest.
    mutating func finish() throws(PrefixWalkError) -> Int {
        try flush()
        let count = end
        var digest: [UInt8] = []
        digest.append(littleEndian: sum.value)
        try file.write(WalkSlice(WalkBuffer(digest)), at: end)
        return count
    }

    /// Only the last piece is no multiple of what the digest takes at once.
    private mutating func flush() throws(PrefixWalkError) {
        let slice = WalkSlice(buffer, at: 0, count: pending)
        sum.add(slice)
        try file.write(slice, at: end)
        end += pending
        pending = 0
    }
}
