import PopulusKernels

/// An element of the field of size p = 2^128 - 7 * 2^66 + 1.
///
/// Kept in Montgomery form: the element x is the two limbs of `x * 2^128 mod p`, in `[0, p)`. Constant-time.
/// In public a name alone: it says over which field a VDAF's messages are.
///
/// Spec: VDAF §6.1.3.
@frozen
public struct Field128: FieldElement, Hashable, Sendable, BitwiseCopyable {
    /// p = 2^128 - 7 * 2^66 + 1.
    @inlinable package static var modulus: UInt128 { 0 &- (UInt128(7) << 66) &+ 1 }

    /// `x * 2^128 mod p` of the element x, in `[0, p)`.
    @usableFromInline var montgomery: UInt128

    /// The element whose Montgomery form is known to be `montgomery`, in `[0, p)`.
    @inlinable init(montgomery: UInt128) { self.montgomery = montgomery }

    /// The element whose value is known to be in `[0, p)`.
    ///
    /// Multiplies by 2^256 mod p, which the reduction turns into a multiplication by 2^128.
    @inlinable package init(canonical value: UInt128) {
        self.init(montgomery: Self.product(value, 0x5587_ffff_ffff_ffff_fcf1))
    }

    @inlinable package init(_ value: UInt64) { self.init(canonical: UInt128(value)) }

    @inlinable package static var zero: Field128 { Field128(montgomery: 0) }
    /// 2^128 mod p = 7 * 2^66 - 1.
    @inlinable package static var one: Field128 { Field128(montgomery: 0 &- modulus) }
    @inlinable package static var encodedSize: Int { 16 }

    /// The element, in `[0, p)`.
    @inlinable package var value: UInt128 { Self.reduce(0, montgomery) }

    @inlinable package var unsignedValue: UInt64? { UInt64(exactly: value) }

    /// Constant-time.
    @inlinable public static func == (left: Field128, right: Field128) -> Bool {
        left.montgomery ^ right.montgomery == 0
    }

    /// All ones when `flag` is set, else zero.
    @inlinable @inline(__always)
    static func mask(_ flag: Bool) -> UInt128 {
        let mask = constantTimeMask(flag)
        return UInt128(mask) << 64 | UInt128(mask)
    }

    @inlinable package static func + (left: Field128, right: Field128) -> Field128 {
        // left + right = left - (p - right); the borrow says that the sum was below p.
        let (difference, borrow) = left.montgomery.subtractingReportingOverflow(modulus &- right.montgomery)
        return Field128(montgomery: difference &+ (modulus & mask(borrow)))
    }

    @inlinable package static func - (left: Field128, right: Field128) -> Field128 {
        let (difference, borrow) = left.montgomery.subtractingReportingOverflow(right.montgomery)
        return Field128(montgomery: difference &+ (modulus & mask(borrow)))
    }

    @inlinable package static prefix func - (element: Field128) -> Field128 { zero - element }

    @inlinable package static func * (left: Field128, right: Field128) -> Field128 {
        Field128(montgomery: product(left.montgomery, right.montgomery))
    }

    /// `a * b / 2^128 mod p`, in `[0, p)`, for `a * b` below `p * 2^128`.
    @inlinable @inline(__always)
    static func product(_ a: UInt128, _ b: UInt128) -> UInt128 {
        let (a0, a1) = (UInt64(truncatingIfNeeded: a), UInt64(truncatingIfNeeded: a >> 64))
        let (b0, b1) = (UInt64(truncatingIfNeeded: b), UInt64(truncatingIfNeeded: b >> 64))
        let low = wide(a0, b0)
        let (cross, carry) = wide(a0, b1).addingReportingOverflow(wide(a1, b0))
        let (sum, carry0) = low.addingReportingOverflow(cross << 64)
        let high = wide(a1, b1) &+ (cross >> 64) &+ (carry ? UInt128(1) << 64 : 0) &+ (carry0 ? 1 : 0)
        return reduce(high, sum)
    }

    /// `(high * 2^128 + low) / 2^128 mod p`, in `[0, p)`, for `high` below p.
    ///
    /// 1/p = 1 + 28 * 2^64 mod 2^128, so q = low / p mod 2^128 has the limbs q0 = low0 and q1 = low1 + 28 * low0.
    /// q * p has low as its lower half, and w = q - 28 * q1 - floor(28 * q0 / 2^64) - (the carry out of q1) as its
    /// upper half, which is below p; the result is high - w.
    @inlinable @inline(__always)
    static func reduce(_ high: UInt128, _ low: UInt128) -> UInt128 {
        let q0 = UInt64(truncatingIfNeeded: low)
        let scaled = wide(q0, 28)
        let (q1, carry) = UInt64(truncatingIfNeeded: low >> 64).addingReportingOverflow(
            UInt64(truncatingIfNeeded: scaled))
        let quotient = UInt128(q1) << 64 | UInt128(q0)
        let upper = quotient &- wide(q1, 28) &- (scaled >> 64) &- (carry ? 1 : 0)
        let (difference, borrow) = high.subtractingReportingOverflow(upper)
        return difference &+ (modulus & mask(borrow))
    }

    @inlinable @inline(__always)
    static func wide(_ a: UInt64, _ b: UInt64) -> UInt128 {
        let (high, low) = a.multipliedFullWidth(by: b)
        return UInt128(high) << 64 | UInt128(low)
    }

    @inlinable package static func & (element: Field128, mask: UInt64) -> Field128 {
        Field128(montgomery: element.montgomery & (UInt128(mask) << 64 | UInt128(mask)))
    }

    @inlinable package init?(_ bytes: Span<UInt8>, at offset: Int) {
        let value =
            UInt128(bytes.littleEndianWord(at: offset)) | UInt128(bytes.littleEndianWord(at: offset &+ 8)) << 64
        guard value < Self.modulus else { return nil }
        self.init(canonical: value)
    }

    @inlinable package init?(sampling bytes: Span<UInt8>, at offset: Int) { self.init(bytes, at: offset) }

    @inlinable package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        let value = self.value
        bytes.storeLittleEndian(UInt64(truncatingIfNeeded: value), at: offset)
        bytes.storeLittleEndian(UInt64(truncatingIfNeeded: value >> 64), at: offset &+ 8)
    }
}
