import CPopulusKernels

/// The loops over elements of one field, in C: they are given arrays and spans, and check that these are as long as the
/// loops need.
///
/// Constant-time in the elements, but for `draw`, which shows how many draws it rejects. All are inlined where the
/// element's type is known: then the field is known too, and a loop is one call.
///
/// Spec: VDAF §6.1.
@frozen @usableFromInline
package enum FieldKernels: Sendable {
    /// p = 2^64 - 2^32 + 1: an element is one word.
    case field64
    /// p = 2^128 - 7 * 2^66 + 1: an element is two words, in Montgomery form.
    case field128

    /// Bytes of an element, in memory as well as encoded.
    @inlinable package var size: Int {
        switch self {
        case .field64: 8
        case .field128: 16
        }
    }

    /// Elements of another size are not this field's.
    @inlinable @inline(__always)
    func check<E: BitwiseCopyable>(_ element: E.Type) { precondition(MemoryLayout<E>.stride == size) }
}

// Sums of products.
extension FieldKernels {
    /// Sets `sum` to that of all `a[i] * b[i]`.
    ///
    /// - Precondition: `a.count == b.count`.
    @inlinable package func dot<E: BitwiseCopyable>(_ a: Span<E>, _ b: Span<E>, into sum: inout E) {
        check(E.self)
        precondition(a.count == b.count)
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                switch self {
                case .field64: unsafe populus_field64_dot(a.baseAddress, b.baseAddress, a.count, &sum)
                case .field128: unsafe populus_field128_dot(a.baseAddress, b.baseAddress, a.count, &sum)
                }
            }
        }
    }

    /// Sets `sum` to that of the products of each two elements: the first with the second, the third with the fourth, ….
    ///
    /// - Precondition: the count is even.
    @inlinable package func dotPairs<E: BitwiseCopyable>(_ elements: Span<E>, into sum: inout E) {
        check(E.self)
        precondition(elements.count % 2 == 0)
        unsafe elements.withUnsafeBufferPointer {
            switch self {
            case .field64: unsafe populus_field64_dot_pairs($0.baseAddress, $0.count / 2, &sum)
            case .field128: unsafe populus_field128_dot_pairs($0.baseAddress, $0.count / 2, &sum)
            }
        }
    }

    /// Words of a sum of products that is not yet reduced.
    @inlinable package var sumWords: Int {
        switch self {
        case .field64: Int(POPULUS_FIELD64_SUM_WORDS)
        case .field128: Int(POPULUS_FIELD128_SUM_WORDS)
        }
    }

    /// Adds `coefficient * elements[j]` to the j-th of the sums, each `sumWords` words; fewer than 2^32 times.
    ///
    /// - Precondition: there is a sum for each element.
    @inlinable package func accumulate<E: BitwiseCopyable>(
        _ coefficient: E, times elements: Span<E>, into sums: inout [UInt64]
    ) {
        check(E.self)
        precondition(elements.count <= sums.count / sumWords)
        var coefficient = coefficient
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe elements.withUnsafeBufferPointer {
                switch self {
                case .field64:
                    unsafe populus_field64_accumulate(sums.baseAddress, &coefficient, $0.baseAddress, $0.count)
                case .field128:
                    unsafe populus_field128_accumulate(sums.baseAddress, &coefficient, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// Adds `coefficient * base^(j + 1) * elements[j]` to sum 2j, and `coefficient * elements[j]` to sum 2j + 1.
    ///
    /// - Precondition: there are two sums for each element.
    @inlinable package func accumulateBitChecks<E: BitwiseCopyable>(
        _ coefficient: E, base: E, times elements: Span<E>, into sums: inout [UInt64]
    ) {
        check(E.self)
        precondition(elements.count <= sums.count / sumWords / 2)
        var (coefficient, base) = (coefficient, base)
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe elements.withUnsafeBufferPointer {
                switch self {
                case .field64:
                    unsafe populus_field64_accumulate_bit_checks(
                        sums.baseAddress, &coefficient, &base, $0.baseAddress, $0.count)
                case .field128:
                    unsafe populus_field128_accumulate_bit_checks(
                        sums.baseAddress, &coefficient, &base, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// Writes the sums, reduced, into `elements` from `offset` on.
    ///
    /// - Precondition: there is room for them.
    @inlinable package func reduce<E: BitwiseCopyable>(
        _ sums: [UInt64], into elements: inout [E], at offset: Int = 0
    ) {
        check(E.self)
        let count = sums.count / sumWords
        precondition(offset >= 0 && offset + count <= elements.count)
        unsafe elements.withUnsafeMutableBufferPointer { elements in
            let output = unsafe elements.baseAddress.map { unsafe $0 + offset }
            switch self {
            case .field64: unsafe populus_field64_reduce_sums(sums, count, output)
            case .field128: unsafe populus_field128_reduce_sums(sums, count, output)
            }
        }
    }
}

// Transforms. Twiddles are as many as there are values of one polynomial: at `length + i` the i-th power of the root of
// unity of order `2 * length`.
extension FieldKernels {
    /// Transforms `width` interleaved polynomials of `count` values, from bit-reversed to natural order.
    ///
    /// - Precondition: `values.count == count * width`, `twiddles.count == count`.
    @inlinable package func transformForward<E: BitwiseCopyable>(
        _ values: inout [E], count: Int, width: Int, twiddles: [E]
    ) {
        check(E.self)
        precondition(width >= 0 && values.count == count * width && twiddles.count == count)
        unsafe values.withUnsafeMutableBufferPointer {
            switch self {
            case .field64: unsafe populus_field64_transform_forward($0.baseAddress, count, width, twiddles)
            case .field128: unsafe populus_field128_transform_forward($0.baseAddress, count, width, twiddles)
            }
        }
    }

    /// The inverse, from natural to bit-reversed order, times `count`.
    ///
    /// - Precondition: `values.count == count * width`, `inverseTwiddles.count == count`.
    @inlinable package func transformBackward<E: BitwiseCopyable>(
        _ values: inout [E], count: Int, width: Int, inverseTwiddles: [E]
    ) {
        check(E.self)
        precondition(width >= 0 && values.count == count * width && inverseTwiddles.count == count)
        unsafe values.withUnsafeMutableBufferPointer {
            switch self {
            case .field64: unsafe populus_field64_transform_backward($0.baseAddress, count, width, inverseTwiddles)
            case .field128: unsafe populus_field128_transform_backward($0.baseAddress, count, width, inverseTwiddles)
            }
        }
    }

    /// The Lagrange polynomials' values at `point`, of which there are `inverseTwiddles.count`, and the point to that
    /// power.
    ///
    /// - Precondition: the count is `1 << logCount`; `scale` is its inverse.
    @inlinable package func weights<E: BitwiseCopyable>(
        at point: E, logCount: Int, inverseTwiddles: [E], scale: E, square: (E) -> E
    ) -> (weights: [E], power: E) {
        check(E.self)
        precondition(logCount >= 0 && inverseTwiddles.count == 1 << logCount)
        var (scale, power) = (scale, point)
        let weights = unsafe [E](unsafeUninitializedCapacity: inverseTwiddles.count) { weights, initialized in
            unsafe withUnsafeTemporaryAllocation(of: E.self, capacity: logCount + 1) { squares in
                // squares[j] = point^(2^j)
                for j in 0..<logCount {
                    unsafe squares[j] = power
                    power = square(power)
                }
                switch self {
                case .field64:
                    unsafe populus_field64_weights(
                        squares.baseAddress, inverseTwiddles, logCount, &scale, weights.baseAddress)
                case .field128:
                    unsafe populus_field128_weights(
                        squares.baseAddress, inverseTwiddles, logCount, &scale, weights.baseAddress)
                }
            }
            initialized = inverseTwiddles.count
        }
        return (weights, power)
    }
}
