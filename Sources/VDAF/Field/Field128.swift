import Kernels

/// An element of the field of size p = 2^128 - 7 * 2^66 + 1, as far as the XOFs' known answers need it: encoded and
/// sampled.
///
/// Spec: VDAF §6.1.3.
package struct Field128: FieldEncodable {
    /// p = 2^128 - 7 * 2^66 + 1.
    package static let modulus = 0 &- (UInt128(7) << 66) &+ 1
    package static let encodedSize = 16

    /// The element, in `[0, p)`.
    package let value: UInt128

    package init?(_ bytes: Span<UInt8>, at offset: Int) {
        value =
            UInt128(bytes.littleEndianWord(at: offset)) | UInt128(bytes.littleEndianWord(at: offset + 8)) << 64
        guard value < Self.modulus else { return nil }
    }

    package init?(sampling bytes: Span<UInt8>, at offset: Int) { self.init(bytes, at: offset) }

    package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.storeLittleEndian(UInt64(truncatingIfNeeded: value), at: offset)
        bytes.storeLittleEndian(UInt64(truncatingIfNeeded: value >> 64), at: offset + 8)
    }
}
