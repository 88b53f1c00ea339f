import PopulusWireCodec

/// A batch's aggregate: both aggregators' shares, encrypted to the Collector.
///
/// ```
/// struct {
///   uint64 report_count;
///   Interval interval;
///   HpkeCiphertext leader_encrypted_agg_share;
///   HpkeCiphertext helper_encrypted_agg_share;
/// } CollectionJobResp;
/// ```
///
/// Spec: DAP §4.6.1
package struct CollectionJobResp: Hashable, Sendable, WireCodable {
    package let reportCount: UInt64

    /// The smallest interval that contains the timestamps of all reports in the batch.
    package let interval: Interval

    package let leaderEncryptedAggregateShare: HpkeCiphertext
    package let helperEncryptedAggregateShare: HpkeCiphertext

    package init(
        reportCount: UInt64, interval: Interval, leaderEncryptedAggregateShare: HpkeCiphertext,
        helperEncryptedAggregateShare: HpkeCiphertext
    ) {
        self.reportCount = reportCount
        self.interval = interval
        self.leaderEncryptedAggregateShare = leaderEncryptedAggregateShare
        self.helperEncryptedAggregateShare = helperEncryptedAggregateShare
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u64: reportCount)
        writer.append(interval)
        writer.append(leaderEncryptedAggregateShare)
        writer.append(helperEncryptedAggregateShare)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reportCount = try reader.readU64()
        interval = try reader.read()
        leaderEncryptedAggregateShare = try reader.read()
        helperEncryptedAggregateShare = try reader.read()
    }
}
