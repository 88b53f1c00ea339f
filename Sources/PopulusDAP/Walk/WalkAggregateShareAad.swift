import PopulusWireCodec

/// What the encryption of a step's aggregate share is bound to; walk and step are in the collection job's extension.
///
/// ```
/// struct {
///   AggregateShareAad base;
///   BatchSelector batch_selector;
///   uint64 report_count;
///   opaque checksum[32];
///   uint64 late_rejections;
/// } WalkAggregateShareAad;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkAggregateShareAad: Hashable, Sendable, WireCodable {
    package let base: AggregateShareAad
    package let batchSelector: BatchSelector
    package let reportCount: UInt64
    package let checksum: BatchChecksum
    package let lateRejections: UInt64

    package init(
        base: AggregateShareAad, batchSelector: BatchSelector, reportCount: UInt64, checksum: BatchChecksum,
        lateRejections: UInt64
    ) {
        self.base = base
        self.batchSelector = batchSelector
        self.reportCount = reportCount
        self.checksum = checksum
        self.lateRejections = lateRejections
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(base)
        writer.append(batchSelector)
        writer.append(u64: reportCount)
        writer.append(checksum)
        writer.append(u64: lateRejections)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        base = try reader.read()
        batchSelector = try reader.read()
        reportCount = try reader.readU64()
        checksum = try reader.read()
        lateRejections = try reader.readU64()
    }
}
