import CPopulusKernels

/// Up to four streams of TurboSHAKE128 whose first blocks are computed in step; each is then read on its own.
///
/// `squeeze` once, then read. The blocks are wiped in the end.
@safe @usableFromInline
package struct TurboShake128Lanes: ~Copyable {
    private var sponges: InlineArray<4, TurboShake128>
    private let count: Int
    private let blocks: UnsafeMutableRawBufferPointer
    /// Bytes of each stream in `blocks`.
    private let stride: Int
    /// Where each stream's next byte lies.
    private var positions: InlineArray<4, Int>
    /// Where each stream's bytes in `blocks` end.
    private var ends: InlineArray<4, Int>

    /// Makes room for the blocks that hold `byteCount` bytes of each sponge.
    ///
    /// A stream that is read further goes on by itself.
    ///
    /// - Precondition: `count` is in `1...4`; the first `count` sponges are finished and not yet squeezed;
    ///   `byteCount > 0`.
    package init(_ sponges: InlineArray<4, TurboShake128>, count: Int, byteCount: Int) {
        precondition((1...4).contains(count) && byteCount > 0)
        self.sponges = sponges
        self.count = count
        let stride = (byteCount + TurboShake128.rate - 1) / TurboShake128.rate * TurboShake128.rate
        self.stride = stride
        unsafe blocks = .allocate(byteCount: count * stride, alignment: 32)
        positions = InlineArray(repeating: 0)
        ends = InlineArray(repeating: 0)
    }

    /// Computes the blocks, in step where `path` has code for that.
    package mutating func squeeze(path: ProcessorPath = .current) {
        unsafe squeeze { sponges, count, blocks, stride, blockCount in
            unsafe populus_turboshake128_squeeze_lanes(path.rawValue, sponges, count, blocks, stride, blockCount)
        }
    }

    /// Has `body` compute the blocks: of so many sponges, at an address, a stream's so many bytes after the one's before, so
    /// many blocks each.
    @usableFromInline
    mutating func squeeze(
        _ body: (UnsafeMutablePointer<populus_turboshake128>?, Int, UnsafeMutablePointer<UInt8>?, Int, Int) -> Void
    ) {
        precondition(ends[0] == 0, "squeezed twice")
        let (count, stride) = (count, stride)
        var span = sponges.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { sponges in
            unsafe sponges.withMemoryRebound(to: populus_turboshake128.self) { sponges in
                unsafe body(
                    sponges.baseAddress, count, blocks.baseAddress?.assumingMemoryBound(to: UInt8.self), stride,
                    stride / TurboShake128.rate)
            }
        }
        positions = InlineArray { $0 * stride }
        ends = InlineArray { ($0 + 1) * stride }
    }

    deinit {
        unsafe walk_wipe(blocks.baseAddress, blocks.count)
        unsafe blocks.deallocate()
    }

    /// Fills `output`, whose bytes are words, with a stream's next words below `bound`.
    ///
    /// - Precondition: `output.byteCount` is a multiple of eight; what was read of the stream before, too.
    @usableFromInline
    package mutating func next(lane: Int, below bound: UInt64, into output: inout MutableRawSpan) {
        precondition(output.byteCount % 8 == 0 && lane < count && ends[lane] > 0)
        let wanted = output.byteCount / 8
        unsafe output.withUnsafeMutableBytes { output in
            guard let words = unsafe output.baseAddress?.assumingMemoryBound(to: UInt64.self) else { return }
            var have = 0
            while have < wanted {
                if positions[lane] == ends[lane] { refill(lane) }
                var used = 0
                have += unsafe populus_take_below(
                    blocks.baseAddress?.advanced(by: positions[lane]), (ends[lane] - positions[lane]) / 8, bound,
                    wanted - have, words + have, &used)
                positions[lane] += 8 * used
            }
        }
    }

    /// Fills `words` with a stream's next words below `bound`.
    ///
    /// - Precondition: as above; `Word` is a word.
    @inlinable package mutating func next<Word: BitwiseCopyable>(
        lane: Int, below bound: UInt64, into words: inout [Word]
    ) {
        precondition(MemoryLayout<Word>.stride == 8)
        var span = words.mutableSpan
        var bytes = unsafe span.mutableBytes
        next(lane: lane, below: bound, into: &bytes)
    }

    /// Fills `output` with a stream's next bytes.
    ///
    /// - Precondition: `output.count` is a multiple of eight.
    package mutating func next(lane: Int, into output: inout MutableSpan<UInt8>) {
        precondition(output.count % 8 == 0 && lane < count && ends[lane] > 0)
        for i in output.indices {
            if positions[lane] == ends[lane] { refill(lane) }
            output[i] = unsafe blocks[positions[lane]]
            positions[lane] += 1
        }
    }

    /// One more block of a stream, in place of its first.
    private mutating func refill(_ lane: Int) {
        positions[lane] = lane * stride
        ends[lane] = positions[lane] + TurboShake128.rate
        unsafe sponges[lane].squeeze(into: blocks, at: positions[lane], count: TurboShake128.rate)
    }
}
