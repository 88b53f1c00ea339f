import PopulusKernels

/// Writes a file from the start on, in large pieces.
struct SequentialWriter: ~Copyable {
    private let file: FileHandle
    private let buffer = WalkBuffer(uninitialized: 1 << 20)
    private var pending = 0
    private var written = 0
    private var sum = DamageDigest()

    init(_ file: FileHandle) { self.file = file }

    mutating func append(_ slice: WalkSlice) throws(PrefixWalkError) {
        var done = 0
        while done < slice.count {
            let part = min(slice.count - done, buffer.count - pending)
            buffer.copy(from: slice.buffer, at: slice.offset + done, to: pending, count: part)
            pending += part
            done += part
            if pending == buffer.count { try flush() }
        }
    }

    /// The digest of what was flushed, if that was all.
    var digest: UInt64 { sum.value }

    /// Hands what is pending to the operating system.
    ///
    /// Once only where that is no multiple of eight bytes, and before the digest is asked for.
    ///
    /// - Returns: the bytes of the file so far.
    @discardableResult mutating func flush() throws(PrefixWalkError) -> Int {
        let slice = WalkSlice(buffer, at: 0, count: pending)
        sum.add(slice)
        try file.write(slice, at: written)
        written += pending
        pending = 0
        return written
    }
}
