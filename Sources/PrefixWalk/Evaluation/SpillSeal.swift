import Crypto
import Foundation
import PopulusKernels

/// What seals the rows of one file of node state: a key that is nowhere but in memory, and gone with the file.
///
/// A row takes its nonce and its tag along, so a row may be written again.
struct SpillSeal: Sendable {
    /// Bytes that a row takes more.
    static let extra = 12 + 16

    private let key = SymmetricKey(size: .bits256)

    /// Rows of `stride` bytes become rows of `extra` bytes more, one after the other.
    func seal(_ rows: WalkSlice, stride: Int) -> WalkSlice? {
        let count = rows.count / stride
        let sealed = WalkBuffer(uninitialized: count * (stride + Self.extra))
        for row in 0..<count {
            let plain = unsafe rows.buffer.withBytes(at: rows.offset + row * stride, count: stride)
            let box = unsafe try? AES.GCM.seal(UnsafeRawBufferPointer(plain), using: key)
            guard let bytes = box?.combined, bytes.count == stride + Self.extra else { return nil }
            let target = unsafe sealed.withBytes(at: row * (stride + Self.extra), count: bytes.count)
            unsafe target.copyBytes(from: bytes)
        }
        return WalkSlice(sealed)
    }

    /// Fills `rows` with what sealed ones hold.
    ///
    /// - Throws: `damagedSegment` where one does not open.
    func open(_ sealed: WalkSlice, into rows: WalkSlice, stride: Int) throws(PrefixWalkError) {
        for row in 0..<rows.count / stride {
            let bytes = unsafe sealed.buffer.withBytes(
                at: sealed.offset + row * (stride + Self.extra), count: stride + Self.extra)
            guard let box = unsafe try? AES.GCM.SealedBox(combined: UnsafeRawBufferPointer(bytes)),
                var opened = try? AES.GCM.open(box, using: key)
            else { throw .damagedSegment }
            defer { unsafe opened.withUnsafeMutableBytes { unsafe wipe($0) } }
            let target = unsafe rows.buffer.withBytes(at: rows.offset + row * stride, count: stride)
            unsafe target.copyBytes(from: opened)
        }
    }
}
