import PopulusWireCodec

/// How a task's reports are put into batches.
///
/// `enum { reserved(0), time_interval(1), leader_selected(2), (255) } BatchMode;`
///
/// Spec: DAP §5
package enum BatchMode: UInt8, Sendable, Hashable, CaseIterable, WireCodable {
    case timeInterval = 1
    case leaderSelected = 2

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: rawValue)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        guard let value = Self(rawValue: try reader.readU8()) else { throw .badValue("BatchMode") }
        self = value
    }
}
