import PopulusKernels

/// A segment that is to be sealed, or no more.
extension Segment {
    /// Writes a segment once more, durably, under its name: what is in it stays.
    ///
    /// Where the old file is not overwritten by the disk, its bytes may be there for long. Blocks.
    ///
    /// - Parameters:
    ///   - old: what it is sealed with, if it is.
    ///   - key: what it is to be sealed with, if it is to be.
    /// - Throws: `damagedSegment`, and the file is as it was.
    package static func rewrite(
        at path: String, opening old: SegmentKey?, sealing key: SegmentKey?
    ) throws(PrefixWalkError) {
        let segment = try Segment(opening: path, key: old)
        try segment.verify()
        let layout = segment.layout
        var output = try SegmentOutput(
            at: path, bits: layout.bits, aggregatorID: layout.aggregatorID, ctx: layout.ctx, key: key,
            WalkAccount.standard().shelf)
        for part in layout.parts(of: 0..<layout.reportCount) { try output.append(part, of: segment) }
        try output.finish(blockReports: layout.blockReports)
    }
}

extension SegmentOutput {
    /// Writes a block as it is in another segment.
    fileprivate mutating func append(_ block: SegmentLayout.Part, of segment: Segment) throws(PrefixWalkError) {
        let columns = block.columns
        let piece = WalkBuffer(uninitialized: SequentialWriter.pieceCount)
        func forEachPiece(
            of part: Range<Int>, _ use: (WalkSlice) throws(PrefixWalkError) -> Void
        ) throws(PrefixWalkError) {
            var done = part.lowerBound
            while done < part.upperBound {
                let slice = WalkSlice(piece, at: 0, count: min(piece.count, part.upperBound - done))
                try segment.read(into: slice, at: done, in: block)
                try use(slice)
                done += slice.count
            }
        }
        try append(reports: columns.reportCount) { writer throws(PrefixWalkError) in
            try forEachPiece(of: columns.start..<columns.secret.lowerBound) { slice throws(PrefixWalkError) in
                try writer.append(slice)
            }
        } secret: { writer throws(PrefixWalkError) in
            try forEachPiece(of: columns.secret) { slice throws(PrefixWalkError) in try writer.append(slice) }
        }
    }
}
