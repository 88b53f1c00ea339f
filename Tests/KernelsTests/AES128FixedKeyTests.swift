import PopulusKernels
import Testing

@Suite struct AES128FixedKeyTests {
    /// FIPS 197, appendices B and C.1, turned into a hash: the block whose sigma is the plaintext.
    ///
    /// In every place of two groups of the widest lanes, so that each lane is seen to be AES.
    @Test(arguments: ProcessorPath.available, StandardAnswer.all)
    func standardBlock(path: ProcessorPath, answer: StandardAnswer) {
        let key = AES128FixedKey(hex(answer.key).span, path: path)
        let (sigma, encrypted) = (Block(hex(answer.plaintext).span), Block(hex(answer.ciphertext).span))
        for place in 0..<64 {
            var blocks = [Block](repeating: .zero, count: 64)
            blocks[place] = Block(low: sigma.low ^ sigma.high, high: sigma.low)
            let seeds = blocks
            var span = blocks.mutableSpan
            key.hash(inPlace: &span)
            #expect(blocks[place] == encrypted ^ sigma, "place \(place)")
            var pairs = [Block](repeating: .zero, count: 128)
            span = pairs.mutableSpan
            key.hashPairs(seeds.span, into: &span)
            #expect(pairs[2 * place] == encrypted ^ sigma, "pair \(place)")
        }
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

/// A known answer of AES-128.
struct StandardAnswer: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let key: String
    let plaintext: String
    let ciphertext: String

    static let all = [
        StandardAnswer(
            testDescription: "appendix B", key: "2b7e151628aed2a6abf7158809cf4f3c",
            plaintext: "3243f6a8885a308d313198a2e0370734", ciphertext: "3925841d02dc09fbdc118597196a0b32"),
        StandardAnswer(
            testDescription: "appendix C.1", key: "000102030405060708090a0b0c0d0e0f",
            plaintext: "00112233445566778899aabbccddeeff", ciphertext: "69c4e0d86a7b0430d8cdb78070b4c55a"),
    ]
}
