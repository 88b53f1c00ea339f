import Crypto
import Foundation
import PopulusKernels

/// What the pages of one file are sealed with: AES-256-GCM, with the page's number as its nonce.
///
/// Each file has a key of its own, and each of its pages is written once. The header, which is written last, is authenticated
/// under a nonce that no page has.
struct PageCipher: Sendable {
    static let tagCount = 16

    private let key: SymmetricKey

    init(_ key: SegmentKey, salt: [UInt8]) { self.key = key.fileKey(salt: salt) }

    /// - Parameter page: its number in the file; nil for the header.
    private static func nonce(_ page: Int?) -> AES.GCM.Nonce? {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: (page ?? 0) >> (56 - 8 * $0)) }
        // Twelve bytes are a nonce.
        return try? AES.GCM.Nonce(data: [page == nil ? 1 : 0, 0, 0, 0] + number)
    }

    /// Seals a page in place.
    ///
    /// - Returns: its tag.
    func seal(_ slice: WalkSlice, page: Int) throws(PrefixWalkError) -> [UInt8] {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        // With a key of 32 bytes and a page it never fails.
        guard let nonce = Self.nonce(page),
            let box = unsafe try? AES.GCM.seal(UnsafeRawBufferPointer(bytes), using: key, nonce: nonce)
        else { throw .segmentMismatch }
        unsafe bytes.copyBytes(from: box.ciphertext)
        return [UInt8](box.tag)
    }

    /// - Throws: `damagedSegment` where the page is not as it was written with this number.
    func open(
        _ slice: WalkSlice, tag: ArraySlice<UInt8>, page: Int
    ) throws(PrefixWalkError) -> Data {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        guard let nonce = Self.nonce(page),
            let box = unsafe try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: UnsafeRawBufferPointer(bytes), tag: tag),
            let opened = try? AES.GCM.open(box, using: key)
        else { throw .damagedSegment }
        return opened
    }

    /// The tag of a file's header.
    func tag(header: [UInt8]) throws(PrefixWalkError) -> [UInt8] {
        // It never fails, as above.
        guard let nonce = Self.nonce(nil),
            let box = try? AES.GCM.seal([UInt8](), using: key, nonce: nonce, authenticating: header)
        else { throw .segmentMismatch }
        return [UInt8](box.tag)
    }

    /// Whether a tag is that of a header.
    func matches(_ tag: [UInt8], header: [UInt8]) -> Bool {
        guard let nonce = Self.nonce(nil),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: [UInt8](), tag: tag)
        else { return false }
        return (try? AES.GCM.open(box, using: key, authenticating: header)) != nil
    }
}
