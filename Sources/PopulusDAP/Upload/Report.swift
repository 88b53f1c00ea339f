import PopulusWireCodec

/// A client's report: one encrypted input share for each aggregator.
///
/// ```
/// struct {
///   ReportMetadata report_metadata;
///   opaque public_share<0..2^32-1>;
///   HpkeCiphertext leader_encrypted_input_share;
///   HpkeCiphertext helper_encrypted_input_share;
/// } Report;
/// ```
///
/// Spec: DAP §4.4.2
package struct Report: Hashable, Sendable, WireCodable {
    package let metadata: ReportMetadata
    package let publicShare: [UInt8]
    package let leaderEncryptedInputShare: HpkeCiphertext
    package let helperEncryptedInputShare: HpkeCiphertext

    package init(
        metadata: ReportMetadata, publicShare: [UInt8], leaderEncryptedInputShare: HpkeCiphertext,
        helperEncryptedInputShare: HpkeCiphertext
    ) {
        self.metadata = metadata
        self.publicShare = publicShare
        self.leaderEncryptedInputShare = leaderEncryptedInputShare
        self.helperEncryptedInputShare = helperEncryptedInputShare
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(metadata)
        writer.append(opaque32: publicShare)
        writer.append(leaderEncryptedInputShare)
        writer.append(helperEncryptedInputShare)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        metadata = try reader.read()
        publicShare = try reader.readOpaque32()
        leaderEncryptedInputShare = try reader.read()
        helperEncryptedInputShare = try reader.read()
    }
}
