import Kernels
import Testing

@Suite struct AES128FixedKeyTests {
    /// FIPS 197, appendix C.1, turned into a hash: the block whose sigma is the plaintext.
    @Test(arguments: ProcessorPath.available)
    func standardBlock(path: ProcessorPath) {
        let keyBytes = hex("000102030405060708090a0b0c0d0e0f")
        let plaintext = hex("00112233445566778899aabbccddeeff")
        let ciphertext = hex("69c4e0d86a7b0430d8cdb78070b4c55a")
        let key = AES128FixedKey(keyBytes.span, path: path)
        let (sigma, encrypted) = (Block(plaintext.span), Block(ciphertext.span))
        var blocks = [Block(low: sigma.low ^ sigma.high, high: sigma.low)]
        var span = blocks.mutableSpan
        key.hash(inPlace: &span)
        #expect(blocks[0] == encrypted ^ sigma)
    }

    @Test(arguments: ProcessorPath.available)
    func agreesWithThePortablePathAroundTheLaneWidth(path: ProcessorPath) {
        for count in Array(0...40) + [63, 64, 65, 200] {
            var bytes = SeededBytes(seed: UInt64(count))
            let keyBytes = bytes.next(16)
            let input = bytes.blocks(count)
            let key = AES128FixedKey(keyBytes.span, path: path)
            let reference = AES128FixedKey(keyBytes.span, path: .portable)
            for tweak in [0, 1, 2, UInt64.max] {
                let expected = hash(reference, input.map { Block(low: $0.low ^ tweak, high: $0.high) }, tweak: 0)
                #expect(hash(key, input, tweak: tweak) == expected, "\(count) blocks, tweak \(tweak)")
                var inPlace = input
                var span = inPlace.mutableSpan
                key.hash(inPlace: &span, tweak: tweak)
                #expect(inPlace == expected, "\(count) blocks in place, tweak \(tweak)")
            }
            var pairs = [Block](repeating: .zero, count: 2 * count)
            var span = pairs.mutableSpan
            key.hashPairs(input.span, into: &span)
            let (first, second) = (hash(reference, input, tweak: 0), hash(reference, input, tweak: 1))
            #expect(pairs == zip(first, second).flatMap { [$0, $1] }, "\(count) pairs")
        }
    }

    @Test func blocksKeepTheirBytes() {
        let bytes = (0..<16).map { UInt8($0) }
        let block = Block(bytes.span)
        #expect(block.bytes == bytes)
        #expect(block.low == 0x0706_0504_0302_0100)
        var stored = [UInt8](repeating: 0, count: 18)
        var span = stored.mutableSpan
        block.store(into: &span, at: 1)
        #expect(stored == [0] + bytes + [0])
    }

    private func hash(_ key: borrowing AES128FixedKey, _ input: [Block], tweak: UInt64) -> [Block] {
        var output = [Block](repeating: .zero, count: input.count)
        var span = output.mutableSpan
        key.hash(input.span, tweak: tweak, into: &span)
        return output
    }
}
