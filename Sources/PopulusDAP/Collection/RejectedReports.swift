import PopulusWireCodec

/// How many reports of a batch one aggregator rejected for one reason.
///
/// ```
/// struct {
///   Role party;                        // leader(2) or helper(3)
///   ReportError reason;
///   uint64 count;                      // above 0
/// } RejectedReports;
/// ```
///
/// Spec: <doc:Rejections>
package struct RejectedReports: Hashable, Sendable, WireCodable {
    /// Who found it: the Leader, or the Helper, which told the Leader.
    package let party: Role
    package let reason: ReportError
    package let count: UInt64

    package init(party: Role, reason: ReportError, count: UInt64) {
        self.party = party
        self.reason = reason
        self.count = count
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: party.rawValue)
        writer.append(reason)
        writer.append(u64: count)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        guard let party = Role(rawValue: try reader.readU8()), party == .leader || party == .helper else {
            throw .badValue("party")
        }
        self.party = party
        reason = try reader.read()
        count = try reader.readU64()
        guard count > 0 else { throw .badValue("count") }
    }

    /// By party, then by the specification's order of reasons.
    package static func precedes(_ one: RejectedReports, _ other: RejectedReports) -> Bool {
        (one.party.rawValue, one.reason.rawValue) < (other.party.rawValue, other.reason.rawValue)
    }
}
