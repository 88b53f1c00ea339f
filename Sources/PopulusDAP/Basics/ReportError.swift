import PopulusWireCodec

/// Why one report was not accepted; a value, never a thrown error.
///
/// ```
/// enum {
///   reserved(0), batch_collected(1), report_replayed(2), report_dropped(3), hpke_unknown_config_id(4),
///   hpke_decrypt_error(5), vdaf_verify_error(6), task_expired(7), invalid_message(8), report_too_early(9),
///   task_not_started(10), outdated_config(11), (255)
/// } ReportError;
/// ```
///
/// Spec: DAP §4.1
package enum ReportError: UInt8, Error, Sendable, Hashable, CaseIterable, WireCodable {
    case batchCollected = 1
    case reportReplayed = 2
    case reportDropped = 3
    case hpkeUnknownConfigID = 4
    case hpkeDecryptError = 5
    case vdafVerifyError = 6
    case taskExpired = 7
    case invalidMessage = 8
    case reportTooEarly = 9
    case taskNotStarted = 10
    case outdatedConfig = 11

    /// The specification's name, as it appears in metrics and messages.
    package var name: String {
        switch self {
        case .batchCollected: "batch_collected"
        case .reportReplayed: "report_replayed"
        case .reportDropped: "report_dropped"
        case .hpkeUnknownConfigID: "hpke_unknown_config_id"
        case .hpkeDecryptError: "hpke_decrypt_error"
        case .vdafVerifyError: "vdaf_verify_error"
        case .taskExpired: "task_expired"
        case .invalidMessage: "invalid_message"
        case .reportTooEarly: "report_too_early"
        case .taskNotStarted: "task_not_started"
        case .outdatedConfig: "outdated_config"
        }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: rawValue)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        guard let value = Self(rawValue: try reader.readU8()) else { throw .badValue("ReportError") }
        self = value
    }
}
