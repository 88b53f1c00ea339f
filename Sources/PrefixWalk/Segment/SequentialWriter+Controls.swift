import PopulusKernels
import PopulusVDAF

extension SequentialWriter {
    /// Appends a level's packed column of control bits, four reports' pairs a byte from the lowest bits on, whatever number of
    /// reports each piece has.
    mutating func appendControls(of pieces: [SegmentPiece.Bytes], level: Int) throws(PrefixWalkError) {
        let pairs = IdpfPublicShare.controlPairsPerByte
        // The pairs of a byte that is not full yet, and how many there are.
        var (rest, filled) = (UInt8(0), 0)
        for piece in unsafe pieces {
            let column = unsafe piece.controls(level: level)
            var next = piece.reports.lowerBound
            if filled == 0, next % pairs == 0 {
                let whole = piece.reports.count / pairs
                unsafe try append(UnsafeRawBufferPointer(rebasing: column[next / pairs..<next / pairs + whole]))
                next += whole * pairs
            }
            guard next < piece.reports.upperBound else { continue }
            var merged: [UInt8] = []
            for report in next..<piece.reports.upperBound {
                let byte = unsafe column[report / pairs]
                rest |= (byte >> UInt8(2 * (report % pairs)) & 3) << UInt8(2 * filled)
                filled += 1
                guard filled == pairs else { continue }
                merged.append(rest)
                (rest, filled) = (0, 0)
            }
            try append(WalkSlice(WalkBuffer(merged)))
        }
        if filled > 0 { try append(WalkSlice(WalkBuffer([rest]))) }
    }
}
