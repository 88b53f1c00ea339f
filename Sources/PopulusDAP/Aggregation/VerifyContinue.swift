import PopulusWireCodec

/// The Leader's next ping-pong message for one report.
///
/// ```
/// struct {
///   ReportID report_id;
///   opaque payload<1..2^32-1>;
/// } VerifyContinue;
/// ```
///
/// Spec: DAP §4.5.4.1
package struct VerifyContinue: Hashable, Sendable, WireCodable {
    package let reportID: ReportID
    package let payload: [UInt8]

    package init(reportID: ReportID, payload: [UInt8]) {
        self.reportID = reportID
        self.payload = payload
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(reportID)
        writer.append(opaque32: payload)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reportID = try reader.read()
        payload = try reader.readOpaque32(minimum: 1)
    }
}
