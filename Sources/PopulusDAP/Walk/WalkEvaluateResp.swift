import PopulusWireCodec

/// The Helper's answer to the first message of a later step.
///
/// ```
/// struct {
///   WalkStepHeader header;             // as in the request
///   opaque messages[rest];
/// } WalkEvaluateResp;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkEvaluateResp: Hashable, Sendable, WireCodable {
    package let header: WalkStepHeader

    /// Four field elements a live report: the combined first-round message, then the Helper's second-round share.
    package let messages: [UInt8]

    package init(header: WalkStepHeader, messages: [UInt8]) {
        self.header = header
        self.messages = messages
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(header)
        writer.append(messages)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        header = try WalkStepHeader(from: &reader, phase: .evaluate)
        messages = reader.rest()
    }
}
