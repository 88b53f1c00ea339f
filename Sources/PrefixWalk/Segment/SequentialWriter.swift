import PopulusKernels

/// Writes a segment's file from behind the header on, in large pieces, and seals on its way there what is to be sealed.
struct SequentialWriter: ~Copyable {
    private let file: FileHandle
    private let buffer: WalkBuffer
    private let shelf: BufferShelf
    private var pending = 0
    /// Where in the file the next piece goes.
    private var end: Int
    private var sum = DamageLanes()
    /// Of a sealed segment.
    private var sealer: PageSealer?
    /// Whether what comes now is to be sealed.
    private var isSecret = false

    /// A multiple of what the digest takes at once.
    static let pieceCount = 1 << 20

    /// - Parameters:
    ///   - start: where it begins.
    ///   - shelf: where the memory for pieces comes from and goes to.
    ///   - cipher: of a sealed segment.
    init(_ file: FileHandle, from start: Int, _ shelf: BufferShelf, sealing cipher: PageCipher?) {
        self.file = file
        self.shelf = shelf
        end = start
        buffer = shelf.take(Self.pieceCount)
        if let cipher { sealer = PageSealer(cipher) }
    }

    deinit { shelf.give(buffer) }

    /// Bytes of the file so far.
    var count: Int { end + pending }

    /// Secret columns of a block begin here.
    mutating func beginSecret() { isSecret = sealer != nil }

    /// They end here, and with them their last page.
    mutating func endSecret() throws(PrefixWalkError) {
        try sealPage()
        isSecret = false
    }

    mutating func append(_ slice: WalkSlice) throws(PrefixWalkError) {
        unsafe try append(UnsafeRawBufferPointer(slice.buffer.withBytes(at: slice.offset, count: slice.count)))
    }

    /// Appends bytes of a buffer that its owner keeps meanwhile.
    @unsafe mutating func append(_ bytes: UnsafeRawBufferPointer) throws(PrefixWalkError) {
        guard isSecret else { return unsafe try put(bytes) }
        var done = 0
        while done < bytes.count {
            unsafe done += sealer?.take(UnsafeRawBufferPointer(rebasing: bytes[done...])) ?? bytes.count
            if sealer?.isFull ?? false { try sealPage() }
        }
    }

    private mutating func sealPage() throws(PrefixWalkError) {
        if let sealed = try sealer?.seal() { try put(sealed) }
    }

    private mutating func put(_ slice: WalkSlice) throws(PrefixWalkError) {
        unsafe try put(UnsafeRawBufferPointer(slice.buffer.withBytes(at: slice.offset, count: slice.count)))
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) throws(PrefixWalkError) {
        var done = 0
        while done < bytes.count {
            let part = min(bytes.count - done, Self.pieceCount - pending)
            unsafe buffer.withBytes(at: pending, count: part)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + part]))
            pending += part
            done += part
            if pending == Self.pieceCount { try flush() }
        }
    }

    /// Hands the rest, the tags of a sealed segment, and then the digest of everything to the operating system; once only.
    ///
    /// - Parameter header: what will stand before all this.
    mutating func finish(header: [UInt8]) throws(PrefixWalkError) {
        if let tags = try sealer?.allTags(header: header) { try put(WalkSlice(WalkBuffer(tags))) }
        try flush()
        var digest: [UInt8] = []
        digest.append(littleEndian: sum.value)
        try file.write(WalkSlice(WalkBuffer(digest)), at: end)
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
