import PopulusKernels

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

    /// The loops over elements.
    static var kernels: FieldKernels { get }
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
}

extension Field64: NTTFriendlyField {
    @inlinable package static var logGeneratorOrder: Int { 32 }
    /// 7 to the power of 2^32 - 1.
    @inlinable package static var generator: Field64 { Field64(canonical: 0x1856_29dc_da58_878c) }
    @inlinable package static var inversionExponent: UInt128 { UInt128(modulus) - 2 }
}

extension Field128: NTTFriendlyField {
    @inlinable package static var logGeneratorOrder: Int { 66 }
    /// 7 to the power of 2^62 - 7.
    @inlinable package static var generator: Field128 {
        Field128(canonical: 0x6d27_8fbf_4f60_228b_1f9b_2759_c510_9f06)
    }
    @inlinable package static var inversionExponent: UInt128 { modulus - 2 }
}
