import PopulusKernels
import PopulusVDAF

/// A shard's decrypted shares, level-major, in a file of their own.
///
/// Reads go to the file; nothing but the description stays in memory.
package final class Segment: Sendable {
    package let layout: SegmentLayout
    private let file: FileHandle
    /// What its sealed columns are read with.
    private let pages: SealedPages?

    /// Reports of the shard, the rejected ones included.
    package var reportCount: Int { layout.reportCount }
    package var bits: Int { layout.bits }

    /// Opens a segment that `SegmentBuilder` wrote.
    ///
    /// - Parameter key: of its place, if it is to be sealed; without one it must not be.
    /// - Throws: `damagedSegment` unless magic, version, header digest and length fit, and it is sealed with this very key or
    ///   with none.
    package convenience init(opening path: String, key: SegmentKey? = nil) throws(PrefixWalkError) {
        try self.init(path, key: key)
        guard layout.isSealed == (key != nil) else { throw .damagedSegment }
        if layout.isSealed, reportCount > 0 {
            // Whatever the key is not right for is found out now.
            try read(into: WalkSlice(WalkBuffer(count: 1)), at: layout.keys.offset)
        }
    }

    /// Opens a segment, sealed or not, to see whether it is there and whole: what is sealed in it cannot be read.
    ///
    /// - Throws: as above.
    package convenience init(checking path: String) throws(PrefixWalkError) { try self.init(path, key: nil) }

    private init(_ path: String, key: SegmentKey?) throws(PrefixWalkError) {
        file = try FileHandle(opening: path)
        let size = try file.count
        guard size >= SegmentLayout.headerCount else { throw .damagedSegment }
        let header = try file.read(count: SegmentLayout.headerCount, at: 0)
        guard let fields = SegmentLayout.parse(header: header) else { throw .damagedSegment }
        let saltCount = fields.version == SegmentLayout.versionSealed ? SegmentKey.saltCount : 0
        guard size >= SegmentLayout.headerCount + fields.ctxCount + saltCount else { throw .damagedSegment }
        let ctx = try file.read(count: fields.ctxCount, at: SegmentLayout.headerCount)
        let salt = try file.read(count: saltCount, at: SegmentLayout.headerCount + fields.ctxCount)
        layout = SegmentLayout(
            bits: fields.bits, aggregatorID: fields.aggregatorID, ctx: ctx, reportCount: fields.reportCount,
            hasDigest: fields.version != SegmentLayout.versionWithoutDigest, salt: salt)
        pages = if let key, layout.isSealed { SealedPages(layout, key: key) } else { nil }
        guard layout.header(digest: Segment.digest) == header, fields.reportCount == 0 || size == layout.fileCount
        else {
            throw .damagedSegment
        }
    }

    /// The report IDs in the shard's initial order.
    package func reportIDs() throws(PrefixWalkError) -> [[UInt8]] {
        let (column, size) = (layout.nonces, Poplar1.nonceSize)
        let bytes = try file.read(count: size * reportCount, at: column.offset)
        return (0..<reportCount).map { Array(bytes[(size * $0)..<(size * ($0 + 1))]) }
    }

    /// Reads the whole file, and sees that no byte of it has changed since it was written.
    ///
    /// Blocks. Segments that an earlier version wrote have nothing to compare with.
    ///
    /// - Throws: `damagedSegment`.
    package func verify() throws(PrefixWalkError) {
        guard layout.hasDigest, reportCount > 0 else { return }
        let piece = WalkBuffer(uninitialized: 1 << 20)
        var digest = DamageDigest()
        var done = 0
        while done < layout.digestedCount {
            let slice = WalkSlice(piece, at: 0, count: min(piece.count, layout.digestedCount - done))
            try file.read(into: slice, at: done)
            digest.add(slice)
            done += slice.count
        }
        var expected: [UInt8] = []
        expected.append(littleEndian: digest.value)
        guard try file.read(count: expected.count, at: done) == expected else { throw .damagedSegment }
    }

    /// Bytes of the file.
    package var fileCount: Int { layout.fileCount }

    /// Removes a segment's file, at the end of its walk.
    package static func remove(at path: String) {
        FileHandle.remove(path)
    }

    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var sponge = TurboShake128()
        sponge.absorb(bytes.span)
        sponge.finish(domain: 0x57)
        return sponge.squeeze(32)
    }

    /// Fills `slice` with bytes of the columns, which are opened where they are sealed.
    ///
    /// - Throws: `damagedSegment` where they do not open.
    func read(into slice: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        guard layout.isSealed, offset >= layout.keys.offset else { return try file.read(into: slice, at: offset) }
        guard let pages else { throw .segmentMismatch }
        try pages.read(into: slice, at: offset, of: file, tagsOffset: layout.contentCount)
    }

    /// The entries of reports `range` of a column.
    func read(
        _ column: SegmentLayout.Column, reports range: Range<Int>, _ arena: inout Arena
    ) throws(PrefixWalkError) -> WalkSlice {
        let slice = arena.take(column.entry * range.count)
        try read(into: slice, at: column.offset + column.entry * range.lowerBound)
        return slice
    }

    /// The control bits' corrections of reports `range`, a byte each.
    func readControls(
        level: Int, reports range: Range<Int>, _ arena: inout Arena
    ) throws(PrefixWalkError) -> WalkSlice {
        let controls = arena.take(range.count)
        let mark = arena.mark
        let pairs = IdpfPublicShare.controlPairsPerByte
        let first = range.lowerBound / pairs
        let packed = arena.take(IdpfPublicShare.controlSize(pairs: range.upperBound) - first)
        try read(into: packed, at: layout.controlCorrections(level).offset + first)
        controls.expandPairs(packed, first: range.lowerBound % pairs, count: range.count)
        arena.release(to: mark)
        return controls
    }

    /// All reports' shares of A and B of a level.
    func readCorrelated(level: Int) throws(PrefixWalkError) -> WalkSlice {
        let column = layout.correlated(level)
        let slice = WalkSlice(WalkBuffer(uninitialized: column.entry * reportCount))
        try read(into: slice, at: column.offset)
        return slice
    }

    /// Has the operating system read levels `range` in the background, those that there are.
    func prefetch(levels range: Range<Int>) {
        let levels = range.clamped(to: 0..<bits)
        guard let last = levels.last else { return }
        let start = layout.seedCorrections(levels.lowerBound).offset
        let end = layout.correlated(last)
        file.prefetch(from: start, count: end.offset + end.entry * reportCount - start)
    }
}
