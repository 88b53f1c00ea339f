import CPopulusKernels

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

    /// The answer to the other aggregator's first-round shares: for each report the combined message (3 elements) and
    /// this aggregator's second-round share (1).
    ///
    /// - Parameters:
    ///   - mine: this aggregator's first-round shares, 3 elements each; as long as `theirs`.
    ///   - correlated: A and B by report position.
    ///   - positions: of the reports that the shares are of.
    package func respond(
        aggregator: Int, mine: [UInt8], theirs: [UInt8], correlated: WalkSlice, positions: [UInt32]
    ) -> [UInt8] {
        precondition(mine.count == 3 * element * positions.count && theirs.count == mine.count)
        check(positions, correlated)
        return unsafe [UInt8](unsafeUninitializedCapacity: 4 * element * positions.count) { output, count in
            unsafe walk_respond(
                leaf ? 1 : 0, UInt32(aggregator), mine, theirs, correlated.pointer(requiring: 0), positions,
                positions.count, output.baseAddress)
            count = 4 * element * positions.count
        }
    }

    /// The verdicts on such an answer, a byte each: 1 where the second-round shares add up to zero, else 0.
    package func verdicts(
        aggregator: Int, response: [UInt8], correlated: WalkSlice, positions: [UInt32]
    ) -> [UInt8] {
        precondition(response.count == 4 * element * positions.count)
        check(positions, correlated)
        return unsafe [UInt8](unsafeUninitializedCapacity: positions.count) { output, count in
            unsafe walk_verdicts(
                leaf ? 1 : 0, UInt32(aggregator), response, correlated.pointer(requiring: 0), positions,
                positions.count, output.baseAddress)
            count = positions.count
        }
    }

    private func check(_ positions: [UInt32], _ correlated: WalkSlice) {
        let bound = correlated.count / (2 * element)
        precondition(positions.allSatisfy { $0 < bound })
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
