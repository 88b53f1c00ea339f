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
        let temporary = path + ".new"
        FileHandle.remove(temporary)
        do throws(PrefixWalkError) {
            let file = try FileHandle(creating: temporary)
            try segment.copy(to: file, sealing: key)
            try file.synchronize()
            try FileHandle.rename(temporary, to: path)
        } catch {
            FileHandle.remove(temporary)
            throw error
        }
    }

    private func copy(to file: FileHandle, sealing key: SegmentKey?) throws(PrefixWalkError) {
        let target = SegmentLayout(
            bits: layout.bits, aggregatorID: layout.aggregatorID, ctx: layout.ctx, reportCount: reportCount,
            salt: key == nil ? [] : SegmentKey.newSalt())
        var writer = SequentialWriter(file, target, key: key)
        try writer.begin()
        let piece = WalkBuffer(uninitialized: 1 << 20)
        for part in [layout.nonces.offset..<layout.keys.offset, layout.keys.offset..<layout.contentCount] {
            var done = part.lowerBound
            while done < part.upperBound {
                let slice = WalkSlice(piece, at: 0, count: min(piece.count, part.upperBound - done))
                try read(into: slice, at: done)
                try writer.append(slice)
                done += slice.count
            }
        }
        try writer.finish()
    }
}
