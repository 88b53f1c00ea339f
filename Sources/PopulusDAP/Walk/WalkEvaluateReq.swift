import PopulusWireCodec

/// The Leader's first message of a later step.
///
/// ```
/// struct {
///   WalkStepHeader header;             // phase = evaluate, transcript = E_k
///   opaque agg_param<1..2^32-1>;
///   opaque leader_verifier_shares[rest];
/// } WalkEvaluateReq;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkEvaluateReq: Hashable, Sendable, WireCodable {
    package let header: WalkStepHeader

    /// The step's aggregation parameter, encoded.
    package let aggregationParameter: [UInt8]

    /// Three field elements a live report, in the job's order.
    package let leaderVerifierShares: [UInt8]

    package init(header: WalkStepHeader, aggregationParameter: [UInt8], leaderVerifierShares: [UInt8]) {
        self.header = header
        self.aggregationParameter = aggregationParameter
        self.leaderVerifierShares = leaderVerifierShares
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(header)
        writer.append(opaque32: aggregationParameter)
        writer.append(leaderVerifierShares)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        header = try WalkStepHeader(from: &reader, phase: .evaluate)
        aggregationParameter = try reader.readOpaque32(minimum: 1)
        leaderVerifierShares = reader.rest()
    }
}
