import PopulusKernels

/// Gathers the secret columns of a file under construction, page by page, and seals each page when it is full.
struct PageSealer: ~Copyable {
    private let cipher: PageCipher
    private let page = WalkBuffer(uninitialized: SealedPages.size)
    private var filled = 0
    /// Of the pages so far, in order.
    private(set) var tags: [UInt8] = []

    init(_ cipher: PageCipher) { self.cipher = cipher }

    /// Takes the first bytes, as many as there is room for.
    ///
    /// - Returns: how many.
    @unsafe mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, page.count - filled)
        unsafe page.withBytes(at: filled, count: count)
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
        filled += count
        return count
    }

    var isFull: Bool { filled == page.count }

    /// Seals what was taken since the last page; nil where that is nothing.
    ///
    /// - Returns: the sealed bytes, which stay until more is taken.
    mutating func seal() throws(PrefixWalkError) -> WalkSlice? {
        guard filled > 0 else { return nil }
        let slice = WalkSlice(page, at: 0, count: filled)
        tags += try cipher.seal(slice, page: tags.count / PageCipher.tagCount)
        filled = 0
        return slice
    }

    /// The tags of all pages, and of the header.
    func allTags(header: [UInt8]) throws(PrefixWalkError) -> [UInt8] { tags + (try cipher.tag(header: header)) }
}
