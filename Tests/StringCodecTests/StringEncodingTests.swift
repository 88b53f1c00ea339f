import PopulusStringCodec
import PopulusVDAF
import Testing

/// Properties that every encoding must have, whatever it does.
@Suite struct StringEncodingTests {
    private static let taskID = [UInt8](0..<32)

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

    /// Hexadecimal digits of one length, many of them alike at the beginning.
    private static func digits(count: Int, length: Int, seed: UInt64) -> Set<[UInt8]> {
        var random = SplitMix(state: seed)
        var values: Set<[UInt8]> = []
        while values.count < count {
            let letters = [Array("01".utf8), Array("0123456789abcdef".utf8)][Int(random.next() % 2)]
            let alike = Int(random.next() % UInt64(length))
            values.insert(
                (0..<length).map { $0 < alike ? 0x38 : letters[Int(random.next() % UInt64(letters.count))] })
        }
        return values
    }

    /// Values that an encoding takes, for tasks with at most 4096 bits, and such a number of bits.
    private static func values(
        of encoding: any StringEncoding, count: Int, seed: UInt64
    ) -> (values: Set<[UInt8]>, bits: Int) {
        switch encoding {
        case is HexEncoding: (digits(count: count, length: 19, seed: seed), 76)
        case is HashEncoding: (strings(count: count, seed: seed), 64)
        default: (strings(count: count, seed: seed), 4096)
        }
    }

    @Test(arguments: StringEncodings.names, [1, 2, 3] as [UInt64])
    func noCodeWordIsAPrefixOfAnother(name: String, seed: UInt64) throws {
        let encoding = try #require(StringEncodings.encoding(named: name, taskID: Self.taskID))
        let (values, bits) = Self.values(of: encoding, count: 400, seed: seed)
        let words = try values.map { try encoding.codeWord(of: $0, bits: bits) }
        for (index, word) in words.enumerated() {
            for (other, longer) in words.enumerated() where other != index {
                #expect(!word.isPrefix(of: longer), "seed \(seed): \(word.bytes) begins \(longer.bytes)")
            }
        }
    }

    @Test(arguments: StringEncodings.names, [4, 5] as [UInt64])
    func everyPrefixOfAPathIsReadRight(name: String, seed: UInt64) throws {
        let encoding = try #require(StringEncodings.encoding(named: name, taskID: Self.taskID))
        let (values, greatest) = Self.values(of: encoding, count: 300, seed: seed)
        for value in values {
            let word = try encoding.codeWord(of: value, bits: greatest)
            let bits = min(greatest, word.bitCount + 13)
            let path = try encoding.path(of: value, bits: bits)
            #expect(path.bitCount == bits)
            // Of a hash the string is not to be had.
            let shown = encoding is HashEncoding ? word.hexadecimalDigits : value
            var prefix = Prefix()
            var reader = encoding.reader(bits: bits)
            for index in 0..<path.bitCount {
                prefix.append(path.bit(index))
                reader = reader.appending(path.bit(index))
                #expect(reader.reading == encoding.read(prefix, bits: bits))
                #expect(shown.starts(with: reader.certain))
                switch encoding.read(prefix, bits: bits) {
                case .open(let shortest):
                    #expect(prefix.bitCount < word.bitCount && shortest <= word.bitCount && shortest > prefix.bitCount)
                case .complete(let read, let length):
                    #expect(prefix.bitCount >= word.bitCount && read == shown && length == word.bitCount)
                case .other, .impossible:
                    Issue.record("seed \(seed): \(prefix.bytes) leads to \(value)")
                }
            }
            // Many bits at once lead where each of them leads.
            for cut in [0, 1, 8, 13, bits] where cut <= bits {
                let beginning = encoding.reader(bits: bits).appending(path.ancestor(level: cut - 1))
                let whole = beginning.appending(Prefix(bits: path.bits.dropFirst(cut)))
                #expect(whole.reading == reader.reading && whole.certain == reader.certain)
            }
        }
    }

    /// The reserved word begins no string's path, and no string's code word begins it.
    @Test(arguments: StringEncodings.names, [6] as [UInt64])
    func theReservedWordIsNoStrings(name: String, seed: UInt64) throws {
        let encoding = try #require(StringEncodings.encoding(named: name, taskID: Self.taskID))
        let (values, bits) = Self.values(of: encoding, count: 300, seed: seed)
        guard let word = encoding.reservedWord(bits: bits) else { return }
        #expect(encoding.reservedWord(bits: word.bitCount) == word)
        #expect(encoding.reservedWord(bits: word.bitCount - 1) == nil)
        for value in values {
            let other = try encoding.codeWord(of: value, bits: bits)
            #expect(!word.isPrefix(of: other) && !other.isPrefix(of: word), "seed \(seed): \(value)")
        }
        let path = word.padded(to: bits)
        for length in 0...bits {
            let reading = encoding.read(path.ancestor(level: length - 1), bits: bits)
            if length < word.bitCount {
                guard case .open(let shortest) = reading else { throw CancellationError() }
                #expect(shortest <= word.bitCount)
            } else {
                #expect(reading == .other(length: word.bitCount))
            }
        }
    }

    @Test func anUnknownNameHasNoEncoding() {
        for name in ["morse", "hash", "hash-2", "url", "url-2", ""] {
            #expect(StringEncodings.encoding(named: name, taskID: Self.taskID) == nil)
        }
    }

    /// What people choose is one thing, what a task has is a version of it.
    @Test func everyChoiceHasANewestNameThatIsKnown() throws {
        #expect(StringEncodings.newestName(of: "bytes") == "bytes" && StringEncodings.newestName(of: "hex") == "hex")
        #expect(StringEncodings.newestName(of: "hash") == "hash-1" && StringEncodings.newestName(of: "hash-1") == nil)
        #expect(StringEncodings.newestName(of: "url") == "url-1" && StringEncodings.newestName(of: "url-1") == nil)
        for choice in StringEncodings.choices {
            let name = try #require(StringEncodings.newestName(of: choice))
            #expect(StringEncodings.encoding(named: name, taskID: Self.taskID)?.name == name)
        }
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
