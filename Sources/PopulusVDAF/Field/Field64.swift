import PopulusKernels

/// An element of the field of size p = 2^64 - 2^32 + 1, kept in `[0, p)`.
///
/// Constant-time. In public a name alone: it says over which field a VDAF's messages are.
///
/// Spec: VDAF §6.1.3.
@frozen
public struct Field64: FieldElement, Hashable, Sendable, BitwiseCopyable {
    /// p = 2^64 - 2^32 + 1.
    @inlinable package static var modulus: UInt64 { 0xffff_ffff_0000_0001 }

    /// 2^64 mod p, which is also 2^64 - p.
    @inlinable static var epsilon: UInt64 { 0xffff_ffff }

    /// The element, in `[0, p)`.
    @usableFromInline package var value: UInt64

    /// The element whose value is known to be in `[0, p)`.
    @inlinable package init(canonical value: UInt64) { self.value = value }

    @inlinable package init(_ value: UInt64) { self.value = Self.subtractModulusOnce(value) }

    @inlinable package static var zero: Field64 { Field64(canonical: 0) }
    @inlinable package static var one: Field64 { Field64(canonical: 1) }
    @inlinable package static var encodedSize: Int { 8 }

    package var unsignedValue: UInt64? { value }

    /// `value mod p`, for any `value`: 2^64 < 2p, so one subtraction is enough.
    @inlinable @inline(__always)
    static func subtractModulusOnce(_ value: UInt64) -> UInt64 {
        let (difference, borrow) = value.subtractingReportingOverflow(modulus)
        return difference &+ (modulus & constantTimeMask(borrow))
    }

    @inlinable package static func + (left: Field64, right: Field64) -> Field64 {
        // left + right = left - (p - right); the borrow says that the sum was below p.
        let (difference, borrow) = left.value.subtractingReportingOverflow(modulus &- right.value)
        return Field64(canonical: difference &+ (modulus & constantTimeMask(borrow)))
    }

    @inlinable package static func - (left: Field64, right: Field64) -> Field64 {
        let (difference, borrow) = left.value.subtractingReportingOverflow(right.value)
        return Field64(canonical: difference &+ (modulus & constantTimeMask(borrow)))
    }

    @inlinable package static prefix func - (element: Field64) -> Field64 { zero - element }

    @inlinable package static func * (left: Field64, right: Field64) -> Field64 {
        reduce(left.value.multipliedFullWidth(by: right.value))
    }

    /// `high * 2^64 + low mod p`.
    ///
    /// With `high = h1 * 2^32 + h0`: 2^64 = epsilon and 2^96 = -1 mod p, so the value is `low - h1 + h0 * epsilon`.
    @inlinable @inline(__always)
    static func reduce(_ product: (high: UInt64, low: UInt64)) -> Field64 {
        let (difference, borrow) = product.low.subtractingReportingOverflow(product.high >> 32)
        // On a borrow the difference is at least 2^64 - 2^32 + 1, hence cannot borrow again.
        let reduced = difference &- (epsilon & constantTimeMask(borrow))
        // (2^32 - 1)^2 = 2^64 - 2^33 + 1 at most; on a carry the sum is below 2^64 - 2^33, hence cannot carry again.
        let (sum, carry) = reduced.addingReportingOverflow((product.high & epsilon) &* epsilon)
        return Field64(canonical: subtractModulusOnce(sum &+ (epsilon & constantTimeMask(carry))))
    }

    @inlinable package static func & (element: Field64, mask: UInt64) -> Field64 {
        Field64(canonical: element.value & mask)
    }

    @inlinable package init?(_ bytes: Span<UInt8>, at offset: Int) {
        let value = bytes.littleEndianWord(at: offset)
        guard value < Self.modulus else { return nil }
        self.value = value
    }

    @inlinable package init?(sampling bytes: Span<UInt8>, at offset: Int) { self.init(bytes, at: offset) }

    @inlinable package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.storeLittleEndian(value, at: offset)
    }
}
