import PopulusWireCodec

/// The Leader's second message of a later step: which reports passed.
///
/// ```
/// struct {
///   WalkStepHeader header;             // phase = verdict, live_count before the verdicts, transcript = E_k
///   opaque verdicts[rest];             // ceil(live_count / 8) bytes
/// } WalkVerdictReq;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkVerdictReq: Hashable, Sendable, WireCodable {
    package let header: WalkStepHeader

    /// Live report i is bit i mod 8 of byte i / 8 from the least significant; 1 means accepted; unused bits are zero.
    package let verdicts: [UInt8]

    package init(header: WalkStepHeader, verdicts: [UInt8]) {
        self.header = header
        self.verdicts = verdicts
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(header)
        writer.append(verdicts)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        header = try WalkStepHeader(from: &reader, phase: .verdict)
        verdicts = reader.rest()
    }
}
