import PopulusWireCodec

/// What both aggregators may know of a report.
///
/// ```
/// struct {
///   ReportID report_id;
///   Time time;
///   Extension public_extensions<0..2^16-1>;
/// } ReportMetadata;
/// ```
///
/// Spec: DAP §4.4.2
package struct ReportMetadata: Hashable, Sendable, WireCodable {
    package let reportID: ReportID
    package let time: Time
    package let publicExtensions: [ReportExtension]

    package init(reportID: ReportID, time: Time, publicExtensions: [ReportExtension] = []) {
        self.reportID = reportID
        self.time = time
        self.publicExtensions = publicExtensions
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(reportID)
        writer.append(time)
        writer.append(list16: publicExtensions)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reportID = try reader.read()
        time = try reader.read()
        publicExtensions = try reader.readList16()
    }
}
