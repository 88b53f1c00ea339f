import CKernels

/// The loops over one field's elements, in C, which take and give elements by address.
package struct FieldKernels: Sendable {
    let dot: @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?) -> Void
    let dotPairs: @convention(c) (UnsafeRawPointer?, Int, UnsafeMutableRawPointer?) -> Void
    let weights:
        @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, Int, UnsafeRawPointer?, UnsafeMutableRawPointer?) -> Void
    let transformBackward: @convention(c) (UnsafeMutableRawPointer?, Int, Int, UnsafeRawPointer?) -> Void
    let transformForward: @convention(c) (UnsafeMutableRawPointer?, Int, Int, UnsafeRawPointer?) -> Void
    /// Words of a sum of products that is not yet reduced.
    let sumWords: Int
    let accumulate: @convention(c) (UnsafeMutablePointer<UInt64>?, UnsafeRawPointer?, UnsafeRawPointer?, Int) -> Void
    let accumulateBitChecks:
        @convention(c) (
            UnsafeMutablePointer<UInt64>?, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?, Int
        ) -> Void
    let reduceSums: @convention(c) (UnsafePointer<UInt64>?, Int, UnsafeMutableRawPointer?) -> Void
    let takeCanonical: @convention(c) (UnsafeMutableRawPointer?, Int) -> Int
    let encode: @convention(c) (UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?) -> Void
}

extension Field64 {
    package static var kernels: FieldKernels {
        FieldKernels(
            dot: populus_field64_dot, dotPairs: populus_field64_dot_pairs, weights: populus_field64_weights,
            transformBackward: populus_field64_transform_backward,
            transformForward: populus_field64_transform_forward, sumWords: Int(POPULUS_FIELD64_SUM_WORDS),
            accumulate: populus_field64_accumulate, accumulateBitChecks: populus_field64_accumulate_bit_checks,
            reduceSums: populus_field64_reduce_sums, takeCanonical: populus_field64_take_canonical,
            encode: populus_field64_encode)
    }
}

extension Field128 {
    package static var kernels: FieldKernels {
        FieldKernels(
            dot: populus_field128_dot, dotPairs: populus_field128_dot_pairs, weights: populus_field128_weights,
            transformBackward: populus_field128_transform_backward,
            transformForward: populus_field128_transform_forward, sumWords: Int(POPULUS_FIELD128_SUM_WORDS),
            accumulate: populus_field128_accumulate, accumulateBitChecks: populus_field128_accumulate_bit_checks,
            reduceSums: populus_field128_reduce_sums, takeCanonical: populus_field128_take_canonical,
            encode: populus_field128_encode)
    }
}

extension NTTFriendlyField {
    /// The sum of `a[i] * b[i]`.
    ///
    /// - Precondition: `a.count == b.count`.
    package static func dot(_ a: Span<Self>, _ b: Span<Self>) -> Self {
        precondition(a.count == b.count)
        var sum = Self.zero
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in kernels.dot(a.baseAddress, b.baseAddress, a.count, &sum) }
        }
        return sum
    }

    /// The sum of the products of each two elements: the first with the second, the third with the fourth, ….
    ///
    /// - Precondition: the count is even.
    package static func dotPairs(_ elements: Span<Self>) -> Self {
        precondition(elements.count % 2 == 0)
        var sum = Self.zero
        elements.withUnsafeBufferPointer { kernels.dotPairs($0.baseAddress, $0.count / 2, &sum) }
        return sum
    }

    /// Writes the elements little-endian, end to end.
    ///
    /// - Precondition: `bytes` has room for them.
    package static func encode(_ elements: Span<Self>, into bytes: UnsafeMutableBufferPointer<UInt8>) {
        precondition(bytes.count / encodedSize >= elements.count)
        elements.withUnsafeBufferPointer { kernels.encode($0.baseAddress, $0.count, bytes.baseAddress) }
    }
}

/// Sums of products, which are reduced once at the end.
///
/// Constant-time. Fewer than 2^32 terms may be added to each.
package struct ProductSums<F: NTTFriendlyField>: Sendable {
    private let count: Int
    private var words: [UInt64]

    /// So many sums, all zero.
    ///
    /// - Precondition: `count` is not negative.
    package init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: count * F.kernels.sumWords)
    }

    /// Adds `coefficient * elements[j]` to the j-th sum.
    ///
    /// - Precondition: there is a sum for each element.
    package mutating func add(_ coefficient: F, times elements: Span<F>) {
        precondition(elements.count <= count)
        var coefficient = coefficient
        words.withUnsafeMutableBufferPointer { words in
            elements.withUnsafeBufferPointer {
                F.kernels.accumulate(words.baseAddress, &coefficient, $0.baseAddress, $0.count)
            }
        }
    }

    /// Adds `coefficient * base^(j + 1) * elements[j]` to sum 2j, and `coefficient * elements[j]` to sum 2j + 1.
    ///
    /// - Precondition: there are two sums for each element.
    package mutating func addBitChecks(_ coefficient: F, base: F, times elements: Span<F>) {
        precondition(elements.count <= count / 2)
        var (coefficient, base) = (coefficient, base)
        words.withUnsafeMutableBufferPointer { words in
            elements.withUnsafeBufferPointer {
                F.kernels.accumulateBitChecks(words.baseAddress, &coefficient, &base, $0.baseAddress, $0.count)
            }
        }
    }

    /// The sums.
    package var reduced: [F] {
        [F](unsafeUninitializedCapacity: count) { elements, initialized in
            reduce(into: elements)
            initialized = count
        }
    }

    /// Writes the sums.
    ///
    /// - Precondition: `elements` has room for them.
    func reduce(into elements: UnsafeMutableBufferPointer<F>) {
        precondition(elements.count >= count)
        words.withUnsafeBufferPointer { F.kernels.reduceSums($0.baseAddress, count, elements.baseAddress) }
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
        let count = bytes.count / Element.encodedSize
        self.init(unsafeUninitializedCapacity: count) { elements, initialized in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(elements).copyMemory(from: $0) }
            initialized = Element.kernels.takeCanonical(elements.baseAddress, count)
        }
        guard self.count == count else { throw .nonCanonicalFieldElement }
    }

    /// The elements laid end to end.
    ///
    /// Spec: VDAF §6.1 (`encode_vec`).
    package func encode() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count * Element.encodedSize) { bytes, initialized in
            Element.encode(span, into: bytes)
            initialized = count * Element.encodedSize
        }
    }
}
