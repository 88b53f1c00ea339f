import Foundation
import PopulusKernels

/// The sealed parts of a segment's file: pages that are sealed each by itself, in place.
///
/// A page is ``size`` bytes of a block's secret columns, from where they begin on; the last one of a block is what is left.
/// So a column is read with the few pages that it lies in. Pages are numbered through the file: every block but the last has
/// as many. The tags stand behind the last block in that order, and then one of the header.
struct SealedPages: Sendable {
    /// Bytes of a page.
    static let size = 4096

    private let cipher: PageCipher
    private let layout: SegmentLayout

    init(_ layout: SegmentLayout, key: SegmentKey) {
        cipher = PageCipher(key, salt: layout.salt)
        self.layout = layout
    }

    /// How many pages there are in so many secret bytes of a block.
    private static func count(_ bytes: Int) -> Int { (bytes + size - 1) / size }

    /// The number of a block's first page.
    private static func firstPage(of block: Int, _ layout: SegmentLayout) -> Int {
        block * count(layout.wholeBlock.secret.count)
    }

    /// Bytes of the tags of a file; none where it is not sealed.
    static func tagsCount(of layout: SegmentLayout) -> Int {
        guard layout.isSealed else { return 0 }
        let last = layout.blockCount - 1
        let pages = last < 0 ? 0 : firstPage(of: last, layout) + count(layout.block(last).secret.count)
        return PageCipher.tagCount * (pages + 1)
    }

    /// Sees that the header is the one that the file was finished with.
    ///
    /// - Throws: `damagedSegment`, with another key too.
    func check(_ header: [UInt8], of file: FileHandle) throws(PrefixWalkError) {
        let tag = try file.read(count: PageCipher.tagCount, at: layout.digestedCount - PageCipher.tagCount)
        guard cipher.matches(tag, header: header) else { throw .damagedSegment }
    }

    /// Fills `slice` with the opened bytes from `offset` on, all of which are secret and of one block.
    ///
    /// - Throws: `damagedSegment` where a page is not as it was written in this very place.
    func read(
        into slice: WalkSlice, at offset: Int, block: Int, of file: FileHandle
    ) throws(PrefixWalkError) {
        guard slice.count > 0 else { return }
        let secret = layout.block(block).secret
        let wanted = offset..<offset + slice.count
        guard secret.contains(wanted.lowerBound), wanted.upperBound <= secret.upperBound else { throw .damagedSegment }
        let pages =
            (wanted.lowerBound - secret.lowerBound) / Self.size..<Self.count(wanted.upperBound - secret.lowerBound)
        let first = Self.firstPage(of: block, layout)
        let places = pages.map { page in
            let start = secret.lowerBound + page * Self.size
            return start..<min(start + Self.size, secret.upperBound)
        }
        let start = places[0].lowerBound
        let sealed = WalkSlice(WalkBuffer(uninitialized: places[places.count - 1].upperBound - start))
        try file.read(into: sealed, at: start)
        let count = PageCipher.tagCount
        let tags = try file.read(
            count: count * pages.count, at: layout.contentCount + count * (first + pages.lowerBound))
        for (index, place) in places.enumerated() {
            var opened = try cipher.open(
                sealed.part(at: place.lowerBound - start, count: place.count),
                tag: tags[count * index..<count * (index + 1)], page: first + pages.lowerBound + index)
            defer { unsafe opened.withUnsafeMutableBytes { unsafe wipe($0) } }
            let part = place.clamped(to: wanted)
            let target = unsafe slice.buffer.withBytes(
                at: slice.offset + part.lowerBound - offset, count: part.count)
            unsafe target.copyBytes(from: opened.dropFirst(part.lowerBound - place.lowerBound).prefix(part.count))
        }
    }
}
