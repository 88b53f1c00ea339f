extension Poplar1 {
    /// Whether a report that was aggregated with `previous`, in this order, may be aggregated with this parameter:
    /// prefixes sorted and unique, at a higher level than the last, each with an ancestor among the last.
    ///
    /// Only what the specification checks. The walk's rules check more, and against the whole history.
    ///
    /// Spec: VDAF §8.2.3 (`is_valid`).
    public func isValid(
        aggregationParameter: Poplar1AggregationParameter, previous: [Poplar1AggregationParameter]
    ) -> Bool {
        let prefixes = aggregationParameter.prefixes
        guard zip(prefixes, prefixes.dropFirst()).allSatisfy({ $0 < $1 }) else { return false }
        guard let last = previous.last else { return true }
        guard aggregationParameter.level > last.level else { return false }
        let parents = Set(last.prefixes)
        return prefixes.allSatisfy { parents.contains($0.ancestor(level: last.level)) }
    }

    /// The aggregate share of no report.
    ///
    /// Spec: VDAF §8.2.4 (`agg_init`).
    public func aggregateInit(_ aggregationParameter: Poplar1AggregationParameter) -> FieldVec {
        .zeros(isLeaf: isLeaf(aggregationParameter.level), count: aggregationParameter.prefixes.count)
    }

    /// Adds an output share, which must be of the same level and number of candidates.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.4 (`agg_update`).
    public func aggregateUpdate(_ aggregateShare: inout FieldVec, outputShare: FieldVec) throws(VDAFError) {
        try aggregateShare.add(outputShare)
    }

    /// The sum of aggregate shares.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.4 (`merge`).
    public func merge(
        _ aggregationParameter: Poplar1AggregationParameter, aggregateShares: [FieldVec]
    ) throws(VDAFError) -> FieldVec {
        var sum = aggregateInit(aggregationParameter)
        for share in aggregateShares { try sum.add(share) }
        return sum
    }

    /// The number of reports under each candidate, in candidate order.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`, `.verificationFailed` for a sum that is above `reportCount`,
    ///   which honest aggregators never produce.
    ///
    /// Spec: VDAF §8.2.5 (`unshard`), which leaves `reportCount` unused.
    public func unshard(
        _ aggregationParameter: Poplar1AggregationParameter, aggregateShares: [FieldVec], reportCount: Int
    ) throws(VDAFError) -> [Int] {
        let counts: [UInt64?]
        switch try merge(aggregationParameter, aggregateShares: aggregateShares).elements {
        case .inner(let elements): counts = elements.map { $0.unsignedValue }
        case .leaf(let elements): counts = elements.map { $0.unsignedValue }
        }
        var result: [Int] = []
        result.reserveCapacity(counts.count)
        for count in counts {
            guard let count, let value = Int(exactly: count), value <= reportCount else { throw .verificationFailed }
            result.append(value)
        }
        return result
    }

    package func addNoise(to aggregateShare: inout FieldVec, _ sample: () -> Int64) { aggregateShare.addNoise(sample) }

    /// The sums of aggregate shares to which the aggregators added noise, in candidate order: the representatives nearest
    /// to zero, which may be negative or above the number of reports.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`, `.verificationFailed` for a sum beyond any plausible noise.
    package func signedSums(
        _ aggregationParameter: Poplar1AggregationParameter, aggregateShares: [FieldVec]
    ) throws(VDAFError) -> [Int128] {
        let sums: [Int128] =
            switch try merge(aggregationParameter, aggregateShares: aggregateShares).elements {
            case .inner(let elements): try elements.signedValues()
            case .leaf(let elements): try elements.signedValues()
            }
        guard sums.allSatisfy({ $0.magnitude < 1 << 62 }) else { throw .verificationFailed }
        return sums
    }
}
