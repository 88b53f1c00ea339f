import PopulusWireCodec

/// The reports of an upload that were not accepted, in the order of the request.
///
/// ```
/// struct {
///   ReportUploadStatus status[message_length];
/// } UploadErrors;
/// ```
///
/// Spec: DAP §4.4.2.2
package struct UploadErrors: Hashable, Sendable, WireCodable {
    package let status: [ReportUploadStatus]

    package init(status: [ReportUploadStatus]) {
        self.status = status
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(status)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        status = try reader.readAll()
    }
}
