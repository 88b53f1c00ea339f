import StringCodec
import Testing

/// Properties that every encoding must have, whatever it does.
@Suite struct StringEncodingTests {
    /// Strings that like to collide: short, over few letters, many of them prefixes of others.
    private static func strings(count: Int, seed: UInt64) -> Set<[UInt8]> {
        var random = SplitMix(state: seed)
        let letters: [[UInt8]] = [[0x02, 0x03, 0x81], Array("ab/".utf8), Array(2...255)]
        var strings: Set<[UInt8]> = [[]]
        while strings.count < count {
            let alphabet = letters[Int(random.next() % 3)]
            let length = Int(random.next() % 12)
            strings.insert((0..<length).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
        }
        return strings
    }

    @Test(arguments: StringEncodings.all.map(\.name), [1, 2, 3] as [UInt64])
    func noCodeWordIsAPrefixOfAnother(name: String, seed: UInt64) throws {
        let encoding = try #require(StringEncodings.named(name))
        let words = try Self.strings(count: 400, seed: seed).map { try encoding.codeWord(of: $0, bits: 4096) }
        for (index, word) in words.enumerated() {
            for (other, longer) in words.enumerated() where other != index {
                #expect(!longer.starts(with: word), "seed \(seed): \(word.bytes) begins \(longer.bytes)")
            }
        }
    }

    @Test(arguments: StringEncodings.all.map(\.name), [4, 5] as [UInt64])
    func everyPrefixOfAPathIsReadRight(name: String, seed: UInt64) throws {
        let encoding = try #require(StringEncodings.named(name))
        for value in Self.strings(count: 300, seed: seed) {
            let word = try encoding.codeWord(of: value, bits: 4096)
            let path = try encoding.path(of: value, bits: word.count + 13)
            #expect(path.count == word.count + 13)
            var prefix = PackedBits()
            for index in 0..<path.count {
                prefix.append(path[index])
                switch encoding.read(prefix) {
                case .open(let shortest):
                    #expect(prefix.count < word.count && shortest <= word.count && shortest > prefix.count)
                case .complete(let read, let length):
                    #expect(prefix.count >= word.count && read == value && length == word.count)
                case .impossible:
                    Issue.record("seed \(seed): \(prefix.bytes) leads to \(value)")
                }
            }
        }
    }

    @Test func anUnknownNameHasNoEncoding() {
        #expect(StringEncodings.named("morse") == nil)
        #expect(StringEncodings.named("bytes") != nil)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
