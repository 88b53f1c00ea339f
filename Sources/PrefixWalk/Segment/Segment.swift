import PopulusKernels
import PopulusVDAF

/// A shard's decrypted shares in a file of their own, level-major by blocks of reports.
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
        // Whatever the key is not right for is found out now.
        try pages?.check(layout.header(digest: Segment.digest), of: file)
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
        guard let fields = SegmentLayout.Fields(header: header),
            size >= SegmentLayout.headerCount + fields.ctxCount + fields.saltCount
        else {
            throw .damagedSegment
        }
        let ctx = try file.read(count: fields.ctxCount, at: SegmentLayout.headerCount)
        let salt = try file.read(count: fields.saltCount, at: SegmentLayout.headerCount + fields.ctxCount)
        layout = SegmentLayout(fields, ctx: ctx, salt: salt)
        pages = if let key, layout.isSealed { SealedPages(layout, key: key) } else { nil }
        guard layout.header(digest: Segment.digest) == header, fields.reportCount == 0 || size == layout.fileCount
        else {
            throw .damagedSegment
        }
    }

    /// The report IDs in the shard's initial order.
    package func reportIDs() throws(PrefixWalkError) -> [[UInt8]] {
        var ids: [[UInt8]] = []
        ids.reserveCapacity(reportCount)
        for part in layout.parts(of: 0..<reportCount) {
            let (column, size) = (part.columns.nonces, Poplar1.nonceSize)
            let bytes = try file.read(count: size * part.reports.count, at: column.offset)
            for start in stride(from: 0, to: bytes.count, by: size) { ids.append(Array(bytes[start..<start + size])) }
        }
        return ids
    }

    /// Reads the whole file, and sees that no byte of it has changed since it was written.
    ///
    /// Blocks. Segments of version 1 have nothing to compare with.
    ///
    /// - Throws: `damagedSegment`.
    package func verify() throws(PrefixWalkError) {
        guard reportCount > 0 else { return }
        let found: UInt64
        switch layout.version {
        case .withoutDigest: return
        case .ofOneBlock:
            var digest = DamageDigest()
            try forEachPiece(from: 0) { digest.add($0) }
            found = digest.value
        case .ofBlocks, .ofSealedBlocks:
            // The header has been compared with its own.
            var digest = DamageLanes()
            try forEachPiece(from: SegmentLayout.headerCount) { digest.add($0) }
            found = digest.value
        }
        var expected: [UInt8] = []
        expected.append(littleEndian: found)
        guard try file.read(count: expected.count, at: layout.digestedCount) == expected else { throw .damagedSegment }
    }

    private func forEachPiece(from start: Int, _ use: (WalkSlice) -> Void) throws(PrefixWalkError) {
        let piece = WalkBuffer(uninitialized: SequentialWriter.pieceCount)
        var done = start
        while done < layout.digestedCount {
            let slice = WalkSlice(piece, at: 0, count: min(piece.count, layout.digestedCount - done))
            try file.read(into: slice, at: done)
            use(slice)
            done += slice.count
        }
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

    /// Fills `slice` with bytes of a block's columns, which are opened where they are sealed.
    ///
    /// - Throws: `damagedSegment` where they do not open.
    func read(
        into slice: WalkSlice, at offset: Int, in block: SegmentLayout.Part
    ) throws(PrefixWalkError) {
        guard layout.isSealed, offset >= block.columns.secret.lowerBound else {
            return try file.read(into: slice, at: offset)
        }
        guard let pages else { throw .segmentMismatch }
        try pages.read(into: slice, at: offset, block: block.number, of: file)
    }

    /// The entries of reports `range` of a column.
    func read(
        _ column: (SegmentColumns) -> SegmentColumns.Column, reports range: Range<Int>, _ arena: inout Arena
    ) throws(PrefixWalkError) -> WalkSlice {
        let slice = arena.take(column(layout.block(0)).entry * range.count)
        try read(column, reports: range, into: slice)
        return slice
    }

    private func read(
        _ column: (SegmentColumns) -> SegmentColumns.Column, reports range: Range<Int>, into slice: WalkSlice
    ) throws(PrefixWalkError) {
        for part in layout.parts(of: range) {
            let column = column(part.columns)
            let target = slice.part(at: column.entry * part.done, count: column.entry * part.reports.count)
            try read(into: target, at: column.offset + column.entry * part.reports.lowerBound, in: part)
        }
    }

    /// The control bits' corrections of reports `range`, a byte each.
    func readControls(
        level: Int, reports range: Range<Int>, _ arena: inout Arena
    ) throws(PrefixWalkError) -> WalkSlice {
        let controls = arena.take(range.count)
        let pairs = IdpfPublicShare.controlPairsPerByte
        for part in layout.parts(of: range) {
            let mark = arena.mark
            let first = part.reports.lowerBound / pairs
            let packed = arena.take(IdpfPublicShare.controlSize(pairs: part.reports.upperBound) - first)
            try read(into: packed, at: part.columns.controlCorrections(level).offset + first, in: part)
            controls.part(at: part.done, count: part.reports.count)
                .expandPairs(packed, first: part.reports.lowerBound % pairs, count: part.reports.count)
            arena.release(to: mark)
        }
        return controls
    }

    /// All reports' shares of A and B of a level.
    func readCorrelated(level: Int) throws(PrefixWalkError) -> WalkSlice {
        let slice = WalkSlice(WalkBuffer(uninitialized: Poplar1.sizes(level: level, bits: bits).masks * reportCount))
        try read({ $0.correlated(level) }, reports: 0..<reportCount, into: slice)
        return slice
    }

    /// Has the operating system read levels `range` in the background, those that there are.
    func prefetch(levels range: Range<Int>) {
        let levels = range.clamped(to: 0..<bits)
        guard let last = levels.last else { return }
        for part in layout.parts(of: 0..<reportCount) {
            let start = part.columns.seedCorrections(levels.lowerBound).offset
            let end = part.columns.correlated(last)
            file.prefetch(from: start, count: end.offset + end.entry * part.reports.count - start)
        }
    }
}
