import PopulusKernels

// The fields' loops, which are C: `PopulusKernels` has them, and all that is unsafe about them.

extension Field64 {
    @inlinable package static var kernels: FieldKernels { .field64 }
}

extension Field128 {
    @inlinable package static var kernels: FieldKernels { .field128 }
}

extension NTTFriendlyField {
    /// The sum of `a[i] * b[i]`.
    ///
    /// - Precondition: `a.count == b.count`.
    package static func dot(_ a: Span<Self>, _ b: Span<Self>) -> Self {
        var sum = Self.zero
        kernels.dot(a, b, into: &sum)
        return sum
    }

    /// The sum of the products of each two elements: the first with the second, the third with the fourth, ….
    ///
    /// - Precondition: the count is even.
    package static func dotPairs(_ elements: Span<Self>) -> Self {
        var sum = Self.zero
        kernels.dotPairs(elements, into: &sum)
        return sum
    }
}

extension Array where Element: NTTFriendlyField {
    /// Decodes elements laid end to end.
    ///
    /// - Throws: `.truncated` unless the length is a multiple of an element's, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §6.1 (`decode_vec`).
    package init(decoding bytes: Span<UInt8>) throws(VDAFError) {
        guard bytes.count % Element.encodedSize == 0 else { throw .truncated }
        self = Element.kernels.decode(bytes)
        guard count == bytes.count / Element.encodedSize else { throw .nonCanonicalFieldElement }
    }

    /// The elements laid end to end.
    ///
    /// Spec: VDAF §6.1 (`encode_vec`).
    package func encode() -> [UInt8] { Element.kernels.encode(span) }
}
