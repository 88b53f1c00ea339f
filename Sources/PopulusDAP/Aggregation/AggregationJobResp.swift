import PopulusWireCodec

/// The Helper's answers for the reports of an aggregation job, in the order of the request.
///
/// ```
/// struct {
///   VerifyResp verify_resps[message_length];
/// } AggregationJobResp;
/// ```
///
/// Spec: DAP §4.5.3.2
package struct AggregationJobResp: Hashable, Sendable, WireCodable {
    package let verifyResps: [VerifyResp]

    package init(verifyResps: [VerifyResp]) {
        self.verifyResps = verifyResps
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(verifyResps)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        verifyResps = try reader.readAll()
    }
}
