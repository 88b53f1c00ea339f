import PopulusWireCodec

/// One or more reports, as many as the body holds.
///
/// ```
/// struct {
///   Report reports[message_length];
/// } UploadRequest;
/// ```
///
/// Spec: DAP §4.4.2
package struct UploadRequest: Hashable, Sendable, WireCodable {
    package let reports: [Report]

    package init(reports: [Report]) {
        self.reports = reports
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(reports)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reports = try reader.readAll()
    }
}
