import PopulusKernels

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
        F.kernels.accumulate(coefficient, times: elements, into: &words)
    }

    /// Adds `coefficient * base^(j + 1) * elements[j]` to sum 2j, and `coefficient * elements[j]` to sum 2j + 1.
    ///
    /// - Precondition: there are two sums for each element.
    package mutating func addBitChecks(_ coefficient: F, base: F, times elements: Span<F>) {
        F.kernels.accumulateBitChecks(coefficient, base: base, times: elements, into: &words)
    }

    /// The sums.
    package var reduced: [F] {
        var elements = [F](repeating: .zero, count: count)
        reduce(into: &elements, at: 0)
        return elements
    }

    /// Writes the sums into `elements` from `offset` on.
    ///
    /// - Precondition: there is room for them.
    func reduce(into elements: inout [F], at offset: Int) { F.kernels.reduce(words, into: &elements, at: offset) }
}
