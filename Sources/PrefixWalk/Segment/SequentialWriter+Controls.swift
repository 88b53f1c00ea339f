import PopulusKernels
import PopulusVDAF

extension SequentialWriter {
    /// Appends a level's packed column of control bits, four reports' pairs a byte from the lowest bits on, whatever number of
    /// reports each chunk has.
    mutating func appendControls(of chunks: [SegmentChunk], level: Int) throws(PrefixWalkError) {
        let pairs = IdpfPublicShare.controlPairsPerByte
        // The pairs of a byte that is not full yet, and how many there are.
        var (rest, filled) = (UInt8(0), 0)
        for chunk in chunks {
            let column = chunk.controls(level: level)
            let whole = filled == 0 ? chunk.count / pairs : 0
            if whole > 0 { try append(column.prefix(whole)) }
            let merged = WalkBuffer(count: column.count - whole + 1)
            var count = 0
            for index in whole..<column.count {
                let byte = column.buffer[byte: column.offset + index]
                let added = min(pairs, chunk.count - index * pairs)
                rest |= byte << UInt8(2 * filled)
                filled += added
                guard filled >= pairs else { continue }
                merged[byte: count] = rest
                count += 1
                filled -= pairs
                // What had no room in the byte; the bits behind the last report are zero.
                rest = filled > 0 ? byte >> UInt8(2 * (added - filled)) : 0
            }
            if count > 0 { try append(WalkSlice(merged, at: 0, count: count)) }
        }
        if filled > 0 { try append(WalkSlice(WalkBuffer([rest]))) }
    }
}
