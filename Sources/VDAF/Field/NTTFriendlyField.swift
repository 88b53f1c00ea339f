/// A prime field whose multiplicative group has a large subgroup of a power of two elements.
///
/// Spec: VDAF §6.1.2.
package protocol NTTFriendlyField: FieldElement {
    /// The base-2 logarithm of the order of the subgroup that `generator` generates.
    static var logGeneratorOrder: Int { get }

    /// The subgroup's generator.
    ///
    /// Spec: VDAF §6.1.2 (`gen`).
    static var generator: Self { get }

    /// p - 2, the exponent that inverts.
    static var inversionExponent: UInt128 { get }

    /// The sum of `a[i] * b[i]`.
    ///
    /// - Precondition: `a.count == b.count`.
    static func dot(_ a: UnsafeBufferPointer<Self>, _ b: UnsafeBufferPointer<Self>) -> Self
}

extension NTTFriendlyField {
    /// A root of unity of order 2^`log`.
    ///
    /// Spec: VDAF §6.1.2 (`nth_root`).
    ///
    /// - Precondition: `0 <= log <= logGeneratorOrder`.
    @inlinable package static func nthRoot(log: Int) -> Self {
        precondition(log >= 0 && log <= logGeneratorOrder)
        return (log..<logGeneratorOrder).reduce(generator) { root, _ in root * root }
    }

    /// The element to the power of `exponent`, which is public.
    ///
    /// Constant-time in the element.
    @inlinable package func power(_ exponent: UInt128) -> Self {
        var result = Self.one
        for bit in (0..<(UInt128.bitWidth - exponent.leadingZeroBitCount)).reversed() {
            result = result * result
            if exponent >> UInt128(bit) & 1 == 1 { result = result * self }
        }
        return result
    }

    /// The multiplicative inverse; zero of zero.
    ///
    /// Constant-time.
    @inlinable package var inverse: Self { power(Self.inversionExponent) }

    /// The sum of `a[i] * b[i]`.
    ///
    /// - Precondition: `a.count == b.count`.
    @inlinable package static func dot(_ a: Span<Self>, _ b: Span<Self>) -> Self {
        a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in dot(a, b) } }
    }
}

extension Field64: NTTFriendlyField {
    @inlinable package static var logGeneratorOrder: Int { 32 }
    /// 7 to the power of 2^32 - 1.
    @inlinable package static var generator: Field64 { Field64(canonical: 0x1856_29dc_da58_878c) }
    @inlinable package static var inversionExponent: UInt128 { UInt128(modulus) - 2 }

    /// Sums the products in three words and reduces once.
    package static func dot(_ a: UnsafeBufferPointer<Field64>, _ b: UnsafeBufferPointer<Field64>) -> Field64 {
        precondition(a.count == b.count)
        var (sum, carries) = (UInt128(0), UInt64(0))
        for i in 0..<a.count {
            let product = UInt128(a[i].value) &* UInt128(b[i].value)
            let (next, carry) = sum.addingReportingOverflow(product)
            sum = next
            carries &+= carry ? 1 : 0
        }
        // 2^128 = -2^32 mod p.
        let low = reduce((UInt64(truncatingIfNeeded: sum >> 64), UInt64(truncatingIfNeeded: sum)))
        return low - Field64(carries) * Field64(canonical: 1 << 32)
    }
}

extension Field128: NTTFriendlyField {
    @inlinable package static var logGeneratorOrder: Int { 66 }
    /// 7 to the power of 2^62 - 7.
    @inlinable package static var generator: Field128 {
        Field128(canonical: 0x6d27_8fbf_4f60_228b_1f9b_2759_c510_9f06)
    }
    @inlinable package static var inversionExponent: UInt128 { modulus - 2 }

    /// Sums the products in five words and reduces once.
    package static func dot(_ a: UnsafeBufferPointer<Field128>, _ b: UnsafeBufferPointer<Field128>) -> Field128 {
        precondition(a.count == b.count)
        var (low, high, top) = (UInt128(0), UInt128(0), UInt64(0))
        for i in 0..<a.count {
            let (productHigh, productLow) = a[i].montgomery.multipliedFullWidth(by: b[i].montgomery)
            let (nextLow, carry) = low.addingReportingOverflow(productLow)
            // A product is below p^2, so its upper half is below 2^128 - 1 and takes the carry.
            let (nextHigh, overflow) = high.addingReportingOverflow(productHigh &+ (carry ? 1 : 0))
            (low, high) = (nextLow, nextHigh)
            top &+= overflow ? 1 : 0
        }
        // top * 2^256 / 2^128 = top * 2^128, which is the Montgomery form of top.
        let reduced = high.subtractingReportingOverflow(modulus)
        let belowModulus = reduced.partialValue &+ (modulus & mask(reduced.overflow))
        return Field128(montgomery: reduce(belowModulus, low)) + Field128(top)
    }
}
