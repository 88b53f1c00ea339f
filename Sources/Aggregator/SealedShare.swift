import DAP

extension AggregatorTask {
    /// Seals this aggregator's share of a batch to the Collector.
    ///
    /// Every call draws fresh randomness: seal once, store, and give the stored bytes again.
    ///
    /// Spec: DAP §4.6.7
    func seal(aggregateShare: [UInt8], associatedData: [UInt8]) throws(AggregatorError) -> HpkeCiphertext {
        do {
            return try collectorConfig.seal(
                aggregateShare, label: .aggregateShare(sender: role), associatedData: associatedData)
        } catch {
            throw .internal("cannot seal to the collector's key: \(error)")
        }
    }
}
