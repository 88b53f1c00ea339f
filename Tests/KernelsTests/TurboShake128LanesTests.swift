import PopulusKernels
import Testing

/// Streams that were begun in step are those of single sponges.
@Suite struct TurboShake128LanesTests {
    @Test(arguments: ProcessorPath.available, [1, 8, 167, 168, 169, 336, 1000])
    func streamsAreThoseOfSingleSponges(path: ProcessorPath, byteCount: Int) {
        for count in 1...4 {
            let sponges = InlineArray<4, TurboShake128> { sponge(UInt64($0)) }
            var lanes = TurboShake128Lanes(sponges, count: count, byteCount: byteCount)
            lanes.squeeze(path: path)
            var single = sponges
            // Some lanes are read to within the computed blocks, some far beyond.
            for _ in 0..<4 {
                for lane in 0..<count {
                    var bytes = [UInt8](repeating: 0, count: 8 * (1 + 17 * lane))
                    var span = bytes.mutableSpan
                    lanes.next(lane: lane, into: &span)
                    #expect(bytes == single[lane].squeeze(bytes.count), "lane \(lane) of \(count)")
                }
            }
        }
    }

    @Test(arguments: ProcessorPath.available, [UInt64.max, 1 << 63, 1 << 61])
    func wordsBelowABoundAreTaken(path: ProcessorPath, bound: UInt64) {
        let sponges = InlineArray<4, TurboShake128> { sponge(UInt64($0)) }
        var lanes = TurboShake128Lanes(sponges, count: 3, byteCount: 400)
        lanes.squeeze(path: path)
        var single = sponges
        for wanted in [0, 1, 20, 21, 22, 60, 3] {
            for lane in 0..<3 {
                var words = [UInt64](repeating: 0, count: wanted)
                var span = words.mutableSpan
                var bytes = span.mutableBytes
                lanes.next(lane: lane, below: bound, into: &bytes)
                var expected: [UInt64] = []
                while expected.count < wanted {
                    let word = single[lane].squeeze(8).span.littleEndianWord(at: 0)
                    if word < bound { expected.append(word) }
                }
                #expect(words == expected, "lane \(lane), \(wanted) words")
            }
        }
    }

    private func sponge(_ number: UInt64) -> TurboShake128 {
        var sponge = TurboShake128()
        sponge.absorb(number, byteCount: 8)
        sponge.finish(domain: 1)
        return sponge
    }
}
