import PopulusWireCodec

/// The Helper's answer for one report of an aggregation job.
///
/// ```
/// enum { continue(0), finish(1), reject(2), (255) } VerifyRespType;
///
/// struct {
///   ReportID report_id;
///   VerifyRespType verify_resp_type;
///   select (VerifyResp.verify_resp_type) {
///     case continue: opaque payload<1..2^32-1>;
///     case finish:   Empty;
///     case reject:   ReportError report_error;
///   };
/// } VerifyResp;
/// ```
///
/// Spec: DAP §4.5.3.2
package struct VerifyResp: Hashable, Sendable, WireCodable {
    package enum Outcome: Hashable, Sendable {
        case `continue`(payload: [UInt8])
        case finish
        case reject(ReportError)
    }

    package let reportID: ReportID
    package let outcome: Outcome

    package init(reportID: ReportID, outcome: Outcome) {
        self.reportID = reportID
        self.outcome = outcome
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(reportID)
        switch outcome {
        case .continue(let payload):
            writer.append(u8: 0)
            writer.append(opaque32: payload)
        case .finish:
            writer.append(u8: 1)
        case .reject(let error):
            writer.append(u8: 2)
            writer.append(error)
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        reportID = try reader.read()
        switch try reader.readU8() {
        case 0: outcome = .continue(payload: try reader.readOpaque32(minimum: 1))
        case 1: outcome = .finish
        case 2: outcome = .reject(try reader.read())
        default: throw .badValue("VerifyRespType")
        }
    }
}
