import PopulusWireCodec

/// A step's result, with all that the Collector needs to rebuild the associated data of both shares.
///
/// ```
/// struct {
///   CollectionJobResp result;
///   BatchSelector batch_selector;
///   opaque checksum[32];
///   uint64 late_rejections;
/// } WalkCollectionJobResp;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkCollectionJobResp: Hashable, Sendable, WireCodable {
    package let result: CollectionJobResp
    package let batchSelector: BatchSelector
    package let checksum: BatchChecksum
    package let lateRejections: UInt64

    package init(
        result: CollectionJobResp, batchSelector: BatchSelector, checksum: BatchChecksum, lateRejections: UInt64
    ) {
        self.result = result
        self.batchSelector = batchSelector
        self.checksum = checksum
        self.lateRejections = lateRejections
    }

    /// The associated data that both shares of this result must open with.
    package func aggregateShareAad(base: AggregateShareAad) -> WalkAggregateShareAad {
        WalkAggregateShareAad(
            base: base, batchSelector: batchSelector, reportCount: result.reportCount, checksum: checksum,
            lateRejections: lateRejections)
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(result)
        writer.append(batchSelector)
        writer.append(checksum)
        writer.append(u64: lateRejections)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        result = try reader.read()
        batchSelector = try reader.read()
        checksum = try reader.read()
        lateRejections = try reader.readU64()
    }
}
