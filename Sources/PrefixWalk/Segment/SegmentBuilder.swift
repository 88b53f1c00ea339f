import Kernels
import VDAF

/// Collects the decrypted shares of a shard, in its initial order, and writes them as a segment.
package struct SegmentBuilder {
    private let bits: Int
    private let aggregatorID: Int
    private let ctx: [UInt8]
    private var nonces: [UInt8] = []
    /// Public share and input share of each report, one after the other.
    private var rows: [UInt8] = []

    /// - Throws: `segmentMismatch` for a number of bits or an aggregator that Poplar1 does not have, or a context that
    ///   is too long.
    package init(bits: Int, aggregatorID: Int, ctx: [UInt8]) throws(PrefixWalkError) {
        guard (1...65536).contains(bits), (0...1).contains(aggregatorID), ctx.count < 65528 else {
            throw .segmentMismatch
        }
        self.bits = bits
        self.aggregatorID = aggregatorID
        self.ctx = ctx
    }

    /// Reports so far.
    package var count: Int { nonces.count / 16 }

    package mutating func reserveCapacity(_ reports: Int) {
        nonces.reserveCapacity(16 * reports)
        rows.reserveCapacity(rowCount * reports)
    }

    private var publicCount: Int { SegmentLayout.publicShareCount(bits: bits) }
    private var inputCount: Int { SegmentLayout.inputShareCount(bits: bits) }
    private var rowCount: Int { publicCount + inputCount }

    /// Adds a report.
    ///
    /// - Throws: `malformedShare`, and the builder is as before: lengths, padding and every field element are checked,
    ///   so nothing malformed ever reaches the engine. Spec: VDAF §8.2.6.1, §8.2.6.2.
    package mutating func append(
        reportID: [UInt8], publicShare: [UInt8], inputShare: [UInt8]
    ) throws(PrefixWalkError) {
        guard reportID.count == 16, publicShare.count == publicCount, inputShare.count == inputCount else {
            throw .malformedShare
        }
        let controls = SegmentLayout.controlCount(bits: bits)
        if 2 * bits % 8 != 0, publicShare[controls - 1] >> UInt8(2 * bits % 8) != 0 { throw .malformedShare }
        let inner = WalkRounds(leaf: false)
        let leaf = WalkRounds(leaf: true)
        let payloads = controls + 16 * bits
        let publicSpan = publicShare.span
        let inputSpan = inputShare.span
        guard inner.isCanonical(publicSpan.extracting(payloads..<(publicCount - 64))),
            leaf.isCanonical(publicSpan.extracting((publicCount - 64)..<publicCount)),
            inner.isCanonical(inputSpan.extracting(48..<(inputCount - 64))),
            leaf.isCanonical(inputSpan.extracting((inputCount - 64)..<inputCount))
        else { throw .malformedShare }
        nonces += reportID
        rows += publicShare
        rows += inputShare
    }

    /// Writes the segment durably: under a temporary name, synchronised, then renamed.
    ///
    /// A segment of that name is replaced.
    package func write(to path: String) throws(PrefixWalkError) {
        let temporary = path + ".new"
        FileHandle.remove(temporary)
        do throws(PrefixWalkError) {
            let file = try FileHandle(creating: temporary)
            try write(to: file)
            try file.synchronize()
            try FileHandle.rename(temporary, to: path)
        } catch {
            FileHandle.remove(temporary)
            throw error
        }
    }

    private func write(to file: FileHandle) throws(PrefixWalkError) {
        let layout = SegmentLayout(bits: bits, aggregatorID: aggregatorID, ctx: ctx, reportCount: count)
        let header = layout.header(digest: Segment.digest) + ctx
        try file.write(WalkSlice(WalkBuffer(header)), at: 0)
        let nonceColumn = WalkSlice(WalkBuffer(nonces))
        try file.write(nonceColumn, at: layout.nonces.offset)
        for (usage, column) in [(UInt16(0), layout.extendKeys), (1, layout.convertKeys)] {
            let keys = WalkSlice(WalkBuffer(count: 16 * count))
            let dst = VDAFSpecification.domainSeparationTag(.idpf, algorithm: 0, usage: usage, ctx: ctx)
            WalkSponges.deriveKeys(dst: dst, nonces: nonceColumn, into: keys)
            try file.write(keys, at: column.offset)
        }
        let source = WalkBuffer(rows)
        try writeColumn(layout.keys, from: source, at: publicCount, to: file)
        try writeColumn(layout.correlationSeeds, from: source, at: publicCount + 16, to: file)
        let controls = SegmentLayout.controlCount(bits: bits)
        for level in 0..<bits {
            try writeColumn(layout.seedCorrections(level), from: source, at: controls + 16 * level, to: file)
            try writeControls(layout.controlCorrections(level), level: level, to: file)
            try writeColumn(
                layout.payloadCorrections(level), from: source, at: controls + 16 * bits + 16 * level, to: file)
            try writeColumn(layout.correlated(level), from: source, at: publicCount + 48 + 16 * level, to: file)
        }
        // A segment of no reports, or one whose last column is empty, still has its full length.
        guard try file.count <= layout.fileCount || count == 0 else { throw .damagedSegment }
    }

    private func writeColumn(
        _ column: SegmentLayout.Column, from source: WalkBuffer, at offset: Int, to file: FileHandle
    ) throws(PrefixWalkError) {
        let buffer = WalkBuffer(count: column.entry * count)
        buffer.gather(from: source, at: offset, stride: rowCount, entry: column.entry, count: count)
        try file.write(WalkSlice(buffer), at: column.offset)
    }

    private func writeControls(_ column: SegmentLayout.Column, level: Int, to file: FileHandle) throws(PrefixWalkError)
    {
        var packed = [UInt8](repeating: 0, count: (2 * count + 7) / 8)
        for report in 0..<count {
            let pair = rows[report * rowCount + level / 4] >> UInt8(2 * (level % 4)) & 3
            packed[report / 4] |= pair << UInt8(2 * (report % 4))
        }
        try file.write(WalkSlice(WalkBuffer(packed)), at: column.offset)
    }
}
