import Crypto
import Foundation
import PopulusKernels

/// The sealed part of a segment's file: pages that are sealed each by itself, in place, with AES-256-GCM.
///
/// A page is what lies between two multiples of ``size`` in the file, the first and the last one cut off where the sealed part
/// ends. So a column is read with the few pages that it lies in. The tags stand behind the content, one after the other. A
/// nonce is the page's number: each file has a key of its own, and each of its pages is written once.
struct SealedPages: Sendable {
    /// Bytes of a page.
    static let size = 4096
    static let tagCount = 16

    private let key: SymmetricKey
    /// The sealed bytes of the file.
    private let range: Range<Int>

    init(_ layout: SegmentLayout, key: SegmentKey) {
        self.key = key.fileKey(of: layout)
        range = layout.sealed
    }

    /// How many pages there are in a part of a file.
    static func count(in range: Range<Int>) -> Int { range.isEmpty ? 0 : pages(of: range).count }

    /// The numbers of the pages in which a part lies that is not empty.
    private static func pages(of range: Range<Int>) -> Range<Int> {
        range.lowerBound / size..<(range.upperBound - 1) / size + 1
    }

    /// Where a page lies in the file.
    private func place(of page: Int) -> Range<Int> {
        (page * Self.size..<(page + 1) * Self.size).clamped(to: range)
    }

    private static func nonce(_ page: Int) -> AES.GCM.Nonce? {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: page >> (56 - 8 * $0)) }
        // Twelve bytes are a nonce.
        return try? AES.GCM.Nonce(data: [0, 0, 0, 0] + number)
    }

    /// Seals what is to be written at `offset`, in place, and adds the pages' tags; what is not to be sealed stays as it is.
    ///
    /// No page may begin before it or end behind it.
    func seal(_ slice: WalkSlice, at offset: Int, tags: inout [UInt8]) throws(PrefixWalkError) {
        let part = range.clamped(to: offset..<offset + slice.count)
        guard !part.isEmpty else { return }
        for page in Self.pages(of: part) {
            let place = place(of: page)
            precondition(part.lowerBound <= place.lowerBound && place.upperBound <= part.upperBound)
            let bytes = unsafe slice.buffer.withBytes(
                at: slice.offset + place.lowerBound - offset, count: place.count)
            // With a key of 32 bytes and a page it never fails.
            guard let nonce = Self.nonce(page),
                let box = unsafe try? AES.GCM.seal(UnsafeRawBufferPointer(bytes), using: key, nonce: nonce)
            else { throw .segmentMismatch }
            unsafe bytes.copyBytes(from: box.ciphertext)
            tags += box.tag
        }
    }

    /// Fills `slice` with the opened bytes from `offset` on, all of which are sealed.
    ///
    /// - Parameter tagsOffset: where the tags begin in the file.
    /// - Throws: `damagedSegment` where a page is not as it was written in this very place.
    func read(
        into slice: WalkSlice, at offset: Int, of file: FileHandle, tagsOffset: Int
    ) throws(PrefixWalkError) {
        let wanted = offset..<offset + slice.count
        guard !wanted.isEmpty else { return }
        guard range.contains(wanted.lowerBound), wanted.upperBound <= range.upperBound else { throw .damagedSegment }
        let pages = Self.pages(of: wanted)
        let start = place(of: pages.lowerBound).lowerBound
        let sealed = WalkSlice(WalkBuffer(uninitialized: place(of: pages.upperBound - 1).upperBound - start))
        try file.read(into: sealed, at: start)
        let tags = try file.read(
            count: Self.tagCount * pages.count,
            at: tagsOffset + Self.tagCount * (pages.lowerBound - range.lowerBound / Self.size))
        for page in pages {
            let place = place(of: page)
            let tag = tags[Self.tagCount * (page - pages.lowerBound)..<Self.tagCount * (page - pages.lowerBound + 1)]
            let opened = try open(sealed.part(at: place.lowerBound - start, count: place.count), tag, page)
            let part = place.clamped(to: wanted)
            let target = unsafe slice.buffer.withBytes(
                at: slice.offset + part.lowerBound - offset, count: part.count)
            unsafe target.copyBytes(
                from: opened.dropFirst(part.lowerBound - place.lowerBound).prefix(part.count))
        }
    }

    private func open(
        _ page: WalkSlice, _ tag: ArraySlice<UInt8>, _ number: Int
    ) throws(PrefixWalkError) -> some DataProtocol {
        let bytes = unsafe page.buffer.withBytes(at: page.offset, count: page.count)
        guard let nonce = Self.nonce(number),
            let box = unsafe try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: UnsafeRawBufferPointer(bytes), tag: tag),
            let opened = try? AES.GCM.open(box, using: key)
        else { throw .damagedSegment }
        return opened
    }
}
