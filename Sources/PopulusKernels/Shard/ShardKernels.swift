import CPopulusKernels

/// What sharding computes level by level in Field64, in C.
@usableFromInline
package enum ShardKernels {
    /// Adds to the values of `IdpfDescent` what the servers' shares are to add up to on the path: two elements a level.
    ///
    /// - Precondition: the arrays are of one length.
    @inlinable package static func add<Value: BitwiseCopyable>(
        _ beta: [Value], to values: inout [Value], negated: [UInt8]
    ) {
        precondition(MemoryLayout<Value>.stride == 16 && values.count == negated.count && beta.count == negated.count)
        unsafe populus_idpf_add_beta(&values, negated, beta, negated.count)
    }

    /// The Leader's shares of `A = k - 2a` and `B = a^2 + b - ak + c`, two elements a level.
    ///
    /// - Parameters:
    ///   - authenticators: `k`, an element a level.
    ///   - triples: each aggregator's shares of `a`, `b` and `c`.
    ///   - other: the Helper's shares of `A` and `B`.
    ///   - shares: room for the result.
    /// - Precondition: the arrays are as long as that.
    @inlinable package static func correlate<Element: BitwiseCopyable>(
        _ authenticators: [Element], triples: ([Element], [Element]), other: [Element], into shares: inout [Element]
    ) {
        let levels = authenticators.count
        precondition(MemoryLayout<Element>.stride == 8 && triples.0.count == 3 * levels)
        precondition(triples.1.count == 3 * levels && other.count == 2 * levels && shares.count == 2 * levels)
        unsafe populus_poplar1_correlate(authenticators, triples.0, triples.1, other, levels, &shares)
    }
}
