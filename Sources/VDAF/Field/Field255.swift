import Kernels

/// An element of the field of size p = 2^255 - 19, kept in `[0, p)` as four little-endian limbs.
///
/// Constant-time.
///
/// Spec: VDAF §6.1.3.
package struct Field255: FieldElement {
    /// The limbs, least significant first.
    private(set) var limbs: Limbs

    typealias Limbs = (UInt64, UInt64, UInt64, UInt64)

    private static let topBit: UInt64 = 1 << 63
    private static let modulus: Limbs = (0 &- 19, .max, .max, topBit - 1)

    private init(canonical limbs: Limbs) { self.limbs = limbs }

    package init(_ value: UInt64) { limbs = (value, 0, 0, 0) }

    package static let zero = Field255(0)
    package static let one = Field255(1)
    package static let encodedSize = 32

    package var unsignedValue: UInt64? { limbs.1 | limbs.2 | limbs.3 == 0 ? limbs.0 : nil }

    package static func == (left: Field255, right: Field255) -> Bool {
        let (a, b) = (left.limbs, right.limbs)
        return (a.0 ^ b.0) | (a.1 ^ b.1) | (a.2 ^ b.2) | (a.3 ^ b.3) == 0
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(limbs.0)
        hasher.combine(limbs.1)
        hasher.combine(limbs.2)
        hasher.combine(limbs.3)
    }

    package static func + (left: Field255, right: Field255) -> Field255 {
        // Both are below 2^255, so the sum fits four limbs.
        let (sum, _) = add(left.limbs, right.limbs)
        return Field255(canonical: subtractModulusOnce(sum))
    }

    package static func - (left: Field255, right: Field255) -> Field255 {
        let (difference, borrow) = subtract(left.limbs, right.limbs)
        let (corrected, _) = add(difference, and(modulus, 0 &- borrow))
        return Field255(canonical: corrected)
    }

    package static prefix func - (element: Field255) -> Field255 { zero - element }

    package static func * (left: Field255, right: Field255) -> Field255 {
        let (a, b) = (left.limbs, right.limbs)
        let (r0, c0) = multiplyAdd(a, b.0, (0, 0, 0, 0))
        let (r1, c1) = multiplyAdd(a, b.1, (r0.1, r0.2, r0.3, c0))
        let (r2, c2) = multiplyAdd(a, b.2, (r1.1, r1.2, r1.3, c1))
        let (r3, c3) = multiplyAdd(a, b.3, (r2.1, r2.2, r2.3, c2))
        // 2^256 = 38 mod p. The carry of the first fold is at most 38, that of the second at most 1.
        let (folded, carry) = multiplyAdd((r3.1, r3.2, r3.3, c3), 38, (r0.0, r1.0, r2.0, r3.0))
        let (again, last) = add(folded, (carry &* 38, 0, 0, 0))
        let (value, _) = add(again, (last &* 38, 0, 0, 0))
        return Field255(canonical: reduce(value))
    }

    package static func & (element: Field255, mask: UInt64) -> Field255 {
        Field255(canonical: and(element.limbs, mask))
    }

    package init?(_ bytes: Span<UInt8>, at offset: Int) {
        limbs = Self.load(bytes, at: offset)
        guard Self.subtract(limbs, Self.modulus).borrow == 1 else { return nil }
    }

    package init?(sampling bytes: Span<UInt8>, at offset: Int) {
        limbs = Self.load(bytes, at: offset)
        limbs.3 &= Self.topBit - 1
        guard Self.subtract(limbs, Self.modulus).borrow == 1 else { return nil }
    }

    package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.storeLittleEndian(limbs.0, at: offset)
        bytes.storeLittleEndian(limbs.1, at: offset + 8)
        bytes.storeLittleEndian(limbs.2, at: offset + 16)
        bytes.storeLittleEndian(limbs.3, at: offset + 24)
    }
}

// Limb arithmetic.
extension Field255 {
    private static func load(_ bytes: Span<UInt8>, at offset: Int) -> Limbs {
        (
            bytes.littleEndianWord(at: offset), bytes.littleEndianWord(at: offset + 8),
            bytes.littleEndianWord(at: offset + 16), bytes.littleEndianWord(at: offset + 24)
        )
    }

    private static func and(_ a: Limbs, _ mask: UInt64) -> Limbs { (a.0 & mask, a.1 & mask, a.2 & mask, a.3 & mask) }

    private static func add(_ a: Limbs, _ b: Limbs) -> (sum: Limbs, carry: UInt64) {
        let (s0, c0) = addWithCarry(a.0, b.0, 0)
        let (s1, c1) = addWithCarry(a.1, b.1, c0)
        let (s2, c2) = addWithCarry(a.2, b.2, c1)
        let (s3, c3) = addWithCarry(a.3, b.3, c2)
        return ((s0, s1, s2, s3), c3)
    }

    private static func subtract(_ a: Limbs, _ b: Limbs) -> (difference: Limbs, borrow: UInt64) {
        let (d0, b0) = subtractWithBorrow(a.0, b.0, 0)
        let (d1, b1) = subtractWithBorrow(a.1, b.1, b0)
        let (d2, b2) = subtractWithBorrow(a.2, b.2, b1)
        let (d3, b3) = subtractWithBorrow(a.3, b.3, b2)
        return ((d0, d1, d2, d3), b3)
    }

    /// `a * factor + addend`; the result always fits the four limbs and the carry.
    private static func multiplyAdd(_ a: Limbs, _ factor: UInt64, _ addend: Limbs) -> (low: Limbs, carry: UInt64) {
        let (l0, h0) = multiplyAdd(a.0, factor, addend.0, 0)
        let (l1, h1) = multiplyAdd(a.1, factor, addend.1, h0)
        let (l2, h2) = multiplyAdd(a.2, factor, addend.2, h1)
        let (l3, h3) = multiplyAdd(a.3, factor, addend.3, h2)
        return ((l0, l1, l2, l3), h3)
    }

    /// `value mod p` for `value` below 2^256: fold the top bit, then subtract p at most once.
    private static func reduce(_ value: Limbs) -> Limbs {
        let (folded, _) = add((value.0, value.1, value.2, value.3 & (topBit - 1)), ((value.3 >> 63) &* 19, 0, 0, 0))
        return subtractModulusOnce(folded)
    }

    /// `value mod p` for `value` below 2p.
    private static func subtractModulusOnce(_ value: Limbs) -> Limbs {
        let (difference, borrow) = subtract(value, modulus)
        let (corrected, _) = add(difference, and(modulus, 0 &- borrow))
        return corrected
    }

    @inline(__always)
    private static func addWithCarry(_ a: UInt64, _ b: UInt64, _ carry: UInt64) -> (UInt64, UInt64) {
        let (s, c) = a.addingReportingOverflow(b)
        let (t, d) = s.addingReportingOverflow(carry)
        return (t, (c ? 1 : 0) | (d ? 1 : 0))
    }

    @inline(__always)
    private static func subtractWithBorrow(_ a: UInt64, _ b: UInt64, _ borrow: UInt64) -> (UInt64, UInt64) {
        let (s, c) = a.subtractingReportingOverflow(b)
        let (t, d) = s.subtractingReportingOverflow(borrow)
        return (t, (c ? 1 : 0) | (d ? 1 : 0))
    }

    /// `a * b + c + d`, which fits two words.
    @inline(__always)
    private static func multiplyAdd(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> (UInt64, UInt64) {
        let (high, low) = a.multipliedFullWidth(by: b)
        let (s, c0) = low.addingReportingOverflow(c)
        let (t, c1) = s.addingReportingOverflow(d)
        return (t, high &+ (c0 ? 1 : 0) &+ (c1 ? 1 : 0))
    }
}
