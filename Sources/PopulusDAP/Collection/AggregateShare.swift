import PopulusWireCodec

/// The Helper's aggregate share, encrypted to the Collector.
///
/// ```
/// struct {
///   HpkeCiphertext encrypted_aggregate_share;
/// } AggregateShare;
/// ```
///
/// Spec: DAP §4.6.4
package struct AggregateShare: Hashable, Sendable, WireCodable {
    package let encryptedAggregateShare: HpkeCiphertext

    package init(encryptedAggregateShare: HpkeCiphertext) {
        self.encryptedAggregateShare = encryptedAggregateShare
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(encryptedAggregateShare)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        encryptedAggregateShare = try reader.read()
    }
}
