import PopulusWireCodec

/// The Helper's part of a report, as the Leader forwards it.
///
/// ```
/// struct {
///   ReportMetadata report_metadata;
///   opaque public_share<0..2^32-1>;
///   HpkeCiphertext encrypted_input_share;
/// } ReportShare;
/// ```
///
/// Spec: DAP §4.5.3.1
package struct ReportShare: Hashable, Sendable, WireCodable {
    package let metadata: ReportMetadata
    package let publicShare: [UInt8]
    package let encryptedInputShare: HpkeCiphertext

    package init(metadata: ReportMetadata, publicShare: [UInt8], encryptedInputShare: HpkeCiphertext) {
        self.metadata = metadata
        self.publicShare = publicShare
        self.encryptedInputShare = encryptedInputShare
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(metadata)
        writer.append(opaque32: publicShare)
        writer.append(encryptedInputShare)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        metadata = try reader.read()
        publicShare = try reader.readOpaque32()
        encryptedInputShare = try reader.read()
    }
}
