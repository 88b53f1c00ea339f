import CKernels

/// Field arithmetic on packed elements, for what surrounds the evaluation.
///
/// `leaf` chooses Field255 (32 bytes an element) instead of Field64 (8). Elements are canonical unless said otherwise.
package struct WalkRounds: Sendable {
    package let leaf: Bool
    /// Bytes of an element.
    package var element: Int { leaf ? 32 : 8 }

    package init(leaf: Bool) {
        self.leaf = leaf
    }

    /// Whether every element of `bytes` (a whole number of them) is canonical.
    package func isCanonical(_ bytes: Span<UInt8>) -> Bool {
        precondition(bytes.count % element == 0)
        let count = bytes.count / element
        return unsafe bytes.withUnsafeBufferPointer {
            unsafe (leaf ? walk_noncanonical255($0.baseAddress, count) : walk_noncanonical64($0.baseAddress, count))
                == 0
        }
    }

    /// Element-wise sum.
    package func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        precondition(left.count == right.count && left.count % element == 0)
        return unsafe [UInt8](unsafeUninitializedCapacity: left.count) { output, count in
            unsafe walk_combine(leaf ? 1 : 0, left, right, left.count / element, output.baseAddress)
            count = left.count
        }
    }

    /// Each report's share of the second round; `correlated` has A and B by report position.
    ///
    /// - Parameter messages: the combined first-round messages, 3 elements each.
    package func secondRound(
        aggregator: Int, messages: [UInt8], correlated: WalkSlice, positions: [UInt32]
    ) -> [UInt8] {
        precondition(messages.count == 3 * element * positions.count)
        let bound = correlated.count / (2 * element)
        precondition(positions.allSatisfy { $0 < bound })
        return unsafe [UInt8](unsafeUninitializedCapacity: element * positions.count) { output, count in
            unsafe walk_second_round(
                leaf ? 1 : 0, UInt32(aggregator), messages, 3 * element, correlated.pointer(requiring: 0), positions,
                positions.count, output.baseAddress, element)
            count = element * positions.count
        }
    }

    /// `accumulator += term`, or `-=` when `negate`.
    package func accumulate(_ term: [UInt8], into accumulator: inout [UInt8], negate: Bool = false) {
        precondition(term.count == accumulator.count && term.count % element == 0)
        let count = term.count / element
        unsafe accumulator.withUnsafeMutableBufferPointer {
            unsafe walk_accumulate(leaf ? 1 : 0, negate ? 1 : 0, $0.baseAddress, term, count)
        }
    }

    /// The running sums of the inner kernel as canonical elements, negated for aggregator 1.
    package static func innerSums(_ sums: WalkSlice, count: Int, aggregator: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 8 * count) { output, length in
            unsafe output.withMemoryRebound(to: UInt64.self) {
                unsafe walk_inner_sums(
                    sums.words(UInt64.self, requiring: 2 * count), count, UInt32(aggregator), $0.baseAddress)
            }
            length = 8 * count
        }
    }
}
