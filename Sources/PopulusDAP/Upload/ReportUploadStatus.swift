import PopulusWireCodec

/// Why one report of an upload was not accepted.
///
/// ```
/// struct {
///   ReportID id;
///   ReportError error;
/// } ReportUploadStatus;
/// ```
///
/// Spec: DAP §4.4.2.2
package struct ReportUploadStatus: Hashable, Sendable, WireCodable {
    package let id: ReportID
    package let error: ReportError

    package init(id: ReportID, error: ReportError) {
        self.id = id
        self.error = error
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(id)
        writer.append(error)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        id = try reader.read()
        error = try reader.read()
    }
}
