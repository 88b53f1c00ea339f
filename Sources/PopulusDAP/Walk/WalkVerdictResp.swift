import PopulusWireCodec

/// The Helper's word that the step is committed.
///
/// ```
/// struct {
///   WalkStepHeader header;             // phase = committed, live_count after the verdicts, transcript = T_k
/// } WalkVerdictResp;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkVerdictResp: Hashable, Sendable, WireCodable {
    package let header: WalkStepHeader

    package init(header: WalkStepHeader) {
        self.header = header
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(header)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        header = try WalkStepHeader(from: &reader, phase: .committed)
    }
}
