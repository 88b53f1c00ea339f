import PopulusWireCodec

/// Asks the Helper for its aggregate share of one step.
///
/// ```
/// struct {
///   AggregateShareReq request;
///   uint64 late_rejections;            // reports accepted at step 0 and rejected since
/// } WalkAggregateShareReq;
/// ```
///
/// The answer is DAP's `AggregateShare`.
///
/// Spec: <doc:WalkExtension>
package struct WalkAggregateShareReq: Hashable, Sendable, WireCodable {
    package let request: AggregateShareReq
    package let lateRejections: UInt64

    package init(request: AggregateShareReq, lateRejections: UInt64) {
        self.request = request
        self.lateRejections = lateRejections
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(request)
        writer.append(u64: lateRejections)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        request = try reader.read()
        lateRejections = try reader.readU64()
    }
}
