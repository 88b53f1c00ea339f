import Foundation
import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct URLEncodingTests {
    private let encoding = URLEncoding()
    private let most = 65_535

    /// The code can never change: each line was made by `Tools/url-reference`, which shares no code with ours.
    @Test func wordsAreThoseOfTheVectors() throws {
        let vectors = try URLSamples.vectors()
        #expect(vectors.count >= 40)
        for (value, bits) in vectors {
            let word = try encoding.codeWord(of: value, bits: most)
            #expect(word.description == bits, "\(value)")
            #expect(encoding.read(word, bits: most) == .complete(value: value, length: bits.count))
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func stringsComeBack(seed: UInt64) throws {
        for value in URLSamples.strings(count: 3_000, seed: seed) {
            let word = try encoding.codeWord(of: value, bits: most)
            let path = try encoding.path(of: value, bits: word.bitCount + 40)
            let reading = encoding.read(path, bits: path.bitCount)
            #expect(reading == .complete(value: value, length: word.bitCount), "seed \(seed): \(value)")
            #expect(word.bitCount <= 12 * value.count + 14)
        }
    }

    /// Real words lie close together, and carries run over many bits.
    @Test(arguments: [3] as [UInt64]) func noWordBeginsAnother(seed: UInt64) throws {
        let values = Set(URLSamples.strings(count: 20_000, seed: seed))
        let words = try values.map { try encoding.codeWord(of: $0, bits: most) }.sorted()
        // A word that begins another begins the one after it in order, too.
        for (word, next) in zip(words, words.dropFirst()) { #expect(!word.isPrefix(of: next), "seed \(seed)") }
        #expect(Set(words).count == values.count)
    }

    /// Paths are in the order of the strings.
    @Test(arguments: [4] as [UInt64]) func pathsKeepTheOrder(seed: UInt64) throws {
        let values = Set(URLSamples.strings(count: 2_000, seed: seed)).sorted { $0.lexicographicallyPrecedes($1) }
        let words = try values.map { try encoding.codeWord(of: $0, bits: most) }
        for (word, next) in zip(words, words.dropFirst()) { #expect(word < next, "seed \(seed)") }
    }

    @Test(arguments: [0x00, 0xff, 0x01, 0x0a, 0x61] as [UInt8]) func longStringsFit(byte: UInt8) throws {
        let longest = [UInt8](repeating: byte, count: (most - 14) / 12)
        let word = try encoding.codeWord(of: longest, bits: most)
        #expect(encoding.read(word.padded(to: most), bits: most) == .complete(value: longest, length: word.bitCount))
        let cut = word.ancestor(level: word.bitCount - 2)
        guard case .open = encoding.read(cut, bits: most) else { throw CancellationError() }
    }

    /// The worst string takes 12 bits a byte and for its end, and the bound is reached within one bit.
    @Test func theWorstStringIsAtTheBound() throws {
        let worst = [UInt8](repeating: 0, count: 1_000)
        let needed = try encoding.codeWord(of: worst, bits: most).bitCount
        #expect((12_013...12_014).contains(needed))
        #expect(throws: StringEncodingError.tooLong(needed: needed, available: needed - 1)) {
            try encoding.codeWord(of: worst, bits: needed - 1)
        }
    }

    @Test func whatFitsIsSaidInBytes() {
        #expect(encoding.capacity(bits: 256) == "most URLs of at most 64 bytes, and any string of at most 20 bytes")
        #expect(encoding.capacity(bits: 32).hasSuffix("any string of at most 1 byte"))
        #expect(encoding.capacity(bits: 25) == "some of the likeliest URLs")
        #expect(URLEncoding().name == "url-1")
    }

    @Test func aBeginningIsNoSingleNode() {
        #expect(throws: StringEncodingError.noBeginnings) {
            try encoding.beginning(of: Array("http://".utf8), bits: 256)
        }
    }
}
