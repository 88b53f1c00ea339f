/// What a VDAF has besides for this package's parties: noise, and values of one form for programs that choose the VDAF at
/// run time.
package protocol RunTimeVdaf: Vdaf {
    /// Adds a sample of noise to each number of an aggregate share, in their order.
    func addNoise(to aggregateShare: inout AggregateShare, _ sample: () -> Int64)

    /// The sums of aggregate shares to which the aggregators added noise: the integers nearest to zero, which may be
    /// negative or more than the reports can come to.
    func signedSums(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> [Int128]

    /// - Throws: `.measurementOutOfRange`.
    func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Measurement
    func result(_ result: AggregateResult) -> VdafResult
}
