import PopulusKernels

/// Writes a segment's file from the start on, in large pieces, and seals what is to be sealed on its way there.
struct SequentialWriter: ~Copyable {
    private let file: FileHandle
    private let layout: SegmentLayout
    /// What seals the columns, until all of them are there.
    private var pages: SealedPages?
    private var tags: [UInt8] = []
    /// A whole number of pages.
    private let buffer = WalkBuffer(uninitialized: 1 << 20)
    private var pending = 0
    private var written = 0
    private var sum = DamageDigest()

    /// - Parameter key: of a sealed segment.
    init(_ file: FileHandle, _ layout: SegmentLayout, key: SegmentKey?) {
        (self.file, self.layout) = (file, layout)
        pages = key.map { SealedPages(layout, key: $0) }
    }

    /// Writes what comes before the columns.
    mutating func begin() throws(PrefixWalkError) {
        var head = layout.header(digest: Segment.digest) + layout.ctx + layout.salt
        head += [UInt8](repeating: 0, count: layout.nonces.offset - head.count)
        try append(WalkSlice(WalkBuffer(head)))
    }

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

    /// Writes what comes behind the columns, and hands all of it to the operating system.
    ///
    /// - Throws: `damagedSegment` where the columns are not all there.
    mutating func finish() throws(PrefixWalkError) {
        guard written + pending == layout.contentCount else { throw .damagedSegment }
        try seal()
        pages = nil
        try append(WalkSlice(WalkBuffer(tags)))
        try flush()
        var digest: [UInt8] = []
        digest.append(littleEndian: sum.value)
        try append(WalkSlice(WalkBuffer(digest)))
        try flush()
    }

    private mutating func seal() throws(PrefixWalkError) {
        try pages?.seal(WalkSlice(buffer, at: 0, count: pending), at: written, tags: &tags)
    }

    /// Hands what is pending to the operating system; only the last two may be less than the buffer holds.
    private mutating func flush() throws(PrefixWalkError) {
        try seal()
        let slice = WalkSlice(buffer, at: 0, count: pending)
        sum.add(slice)
        try file.write(slice, at: written)
        written += pending
        pending = 0
    }
}
