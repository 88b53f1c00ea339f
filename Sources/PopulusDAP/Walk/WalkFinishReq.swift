import PopulusWireCodec

/// The end of a step in one message: the verdicts that the Helper is not known to have, and the request for its aggregate share.
///
/// ```
/// struct {
///   AggregationJobID job_id;
///   opaque request<0..2^32-1>;         // a WalkVerdictReq
/// } WalkFinishVerdict;
///
/// struct {
///   opaque share_request<0..2^32-1>;   // a WalkAggregateShareReq
///   WalkFinishVerdict verdicts[rest];  // at least one; job IDs strictly ascending
/// } WalkFinishReq;
/// ```
///
/// The parts are the bytes that would be sent one by one. What is durable of a request, its digest and the name of its share, is of
/// a part and never of the whole. The answer is DAP's `AggregateShare`.
///
/// Spec: <doc:WalkExtension>
package struct WalkFinishReq: Hashable, Sendable, WireCodable {
    /// A shard's verdict.
    package struct Verdict: Hashable, Sendable, WireCodable {
        package let jobID: AggregationJobID
        /// An encoded ``WalkVerdictReq``.
        package let request: [UInt8]

        package init(jobID: AggregationJobID, request: [UInt8]) {
            (self.jobID, self.request) = (jobID, request)
        }

        package func encode(into writer: inout WireWriter) {
            writer.append(jobID)
            writer.append(opaque32: request)
        }

        package init(from reader: inout WireReader) throws(WireError) {
            jobID = try reader.read()
            request = try reader.readOpaque32()
        }
    }

    /// An encoded ``WalkAggregateShareReq``.
    package let shareRequest: [UInt8]
    package let verdicts: [Verdict]

    /// - Parameter verdicts: in any order, each of another job.
    package init(shareRequest: [UInt8], verdicts: [Verdict]) {
        self.shareRequest = shareRequest
        self.verdicts = verdicts.sorted { $0.jobID < $1.jobID }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(opaque32: shareRequest)
        for verdict in verdicts { writer.append(verdict) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        shareRequest = try reader.readOpaque32()
        var verdicts: [Verdict] = []
        while !reader.isAtEnd {
            let verdict: Verdict = try reader.read()
            if let last = verdicts.last, last.jobID >= verdict.jobID { throw .badValue("WalkFinishReq.verdicts") }
            verdicts.append(verdict)
        }
        guard !verdicts.isEmpty else { throw .badValue("WalkFinishReq.verdicts") }
        self.verdicts = verdicts
    }
}
