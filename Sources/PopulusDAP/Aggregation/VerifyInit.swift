import PopulusWireCodec

/// A report share and the Leader's first ping-pong message for it.
///
/// ```
/// struct {
///   ReportShare report_share;
///   opaque payload<1..2^32-1>;
/// } VerifyInit;
/// ```
///
/// Spec: DAP §4.5.3.1
package struct VerifyInit: Hashable, Sendable, WireCodable {
    package let reportShare: ReportShare
    package let payload: [UInt8]

    package init(reportShare: ReportShare, payload: [UInt8]) {
        self.reportShare = reportShare
        self.payload = payload
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(reportShare)
        writer.append(opaque32: payload)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reportShare = try reader.read()
        payload = try reader.readOpaque32(minimum: 1)
    }
}
