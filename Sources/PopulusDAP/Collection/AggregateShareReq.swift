import PopulusWireCodec

/// Asks the Helper for its aggregate share of a batch.
///
/// ```
/// struct {
///   CollectionJobReq collection_job_req;
///   BatchSelector batch_selector;
///   uint64 report_count;
///   opaque checksum[32];
/// } AggregateShareReq;
/// ```
///
/// Spec: DAP §4.6.4
package struct AggregateShareReq: Hashable, Sendable, WireCodable {
    package let collectionJobReq: CollectionJobReq
    package let batchSelector: BatchSelector
    package let reportCount: UInt64
    package let checksum: BatchChecksum

    package init(
        collectionJobReq: CollectionJobReq, batchSelector: BatchSelector, reportCount: UInt64, checksum: BatchChecksum
    ) {
        self.collectionJobReq = collectionJobReq
        self.batchSelector = batchSelector
        self.reportCount = reportCount
        self.checksum = checksum
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(collectionJobReq)
        writer.append(batchSelector)
        writer.append(u64: reportCount)
        writer.append(checksum)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        collectionJobReq = try reader.read()
        batchSelector = try reader.read()
        reportCount = try reader.readU64()
        checksum = try reader.read()
    }
}
