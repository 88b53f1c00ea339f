extension Prio3 {
    /// Each report is aggregated once.
    ///
    /// Spec: VDAF §7.2.3 (`is_valid`).
    package func isValid(
        aggregationParameter: Prio3AggregationParameter, previous: [Prio3AggregationParameter]
    ) -> Bool { previous.isEmpty }

    /// Spec: VDAF §7.2.4 (`agg_init`).
    package func aggregateInit(_ aggregationParameter: Prio3AggregationParameter) -> Prio3OutputShare<Field> {
        Prio3OutputShare([Field](repeating: .zero, count: flp.outputLength))
    }

    /// - Throws: `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.4 (`agg_update`).
    package func aggregateUpdate(
        _ aggregateShare: inout Prio3OutputShare<Field>, outputShare: Prio3OutputShare<Field>
    ) throws(VDAFError) { try aggregateShare.elements.add(outputShare.elements) }

    /// - Throws: `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.4 (`merge`).
    package func merge(
        _ aggregationParameter: Prio3AggregationParameter, aggregateShares: [Prio3OutputShare<Field>]
    ) throws(VDAFError) -> Prio3OutputShare<Field> {
        var sum = aggregateInit(aggregationParameter)
        for share in aggregateShares { try sum.elements.add(share.elements) }
        return sum
    }

    /// The result of `reportCount` reports.
    ///
    /// - Throws: `.wrongElementCount`, `.verificationFailed` for sums that so many valid reports cannot have, which
    ///   honest aggregators never produce.
    ///
    /// Spec: VDAF §7.2.5 (`unshard`).
    package func unshard(
        _ aggregationParameter: Prio3AggregationParameter, aggregateShares: [Prio3OutputShare<Field>],
        reportCount: Int
    ) throws(VDAFError) -> Circuit.AggregateResult {
        try circuit.decode(
            merge(aggregationParameter, aggregateShares: aggregateShares).elements, reportCount: reportCount)
    }

    package func addNoise(to aggregateShare: inout Prio3OutputShare<Field>, _ sample: () -> Int64) {
        aggregateShare.elements = aggregateShare.elements.noised(sample)
    }

    /// - Throws: `.wrongElementCount`.
    package func signedSums(
        _ aggregationParameter: Prio3AggregationParameter, aggregateShares: [Prio3OutputShare<Field>]
    ) throws(VDAFError) -> [Int128] {
        try merge(aggregationParameter, aggregateShares: aggregateShares).elements.signedValues()
    }
}
