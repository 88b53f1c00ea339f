import PopulusStringCodec
import PopulusVDAF
import Testing

/// Groups before strings, in every encoding that has room for them.
@Suite struct GroupedEncodingTests {
    private static let names = ["group-1+bytes", "group-1+url-1", "group-1+hash-1"]
    private static let groups = ["1", "115.0", "linux", "日本", "a", "ab"].map { Array($0.utf8) }
    private static let strings = ["", "a", "https://a.example/", "b\tc", "\u{1f600}", "x"].map { Array($0.utf8) }

    private static func encoding(_ name: String) throws -> (any StringEncoding, bits: Int) {
        let encoding = try #require(StringEncodings.encoding(named: name, taskID: [UInt8](0..<32)))
        return (encoding, name.contains("hash") ? 160 : 512)
    }

    private static var values: [GroupedValue] {
        groups.flatMap { group in strings.map { GroupedValue(group: group, string: $0) } }
    }

    /// The first bits of a path.
    private static func beginning(_ path: Prefix, _ count: Int) -> Prefix {
        count == 0 ? Prefix() : path.ancestor(level: count - 1)
    }

    @Test(arguments: names) func noCodeWordIsAPrefixOfAnother(name: String) throws {
        let (encoding, bits) = try Self.encoding(name)
        let words = try Self.values.map { try encoding.codeWord(of: $0.bytes, bits: bits) }
        for (index, word) in words.enumerated() {
            for (other, longer) in words.enumerated() where other != index {
                #expect(!word.isPrefix(of: longer), "\(Self.values[index]) begins \(Self.values[other])")
            }
        }
    }

    /// Bit by bit and at once a path reads alike; it is open up to the end of its code word, and whole from there on.
    @Test(arguments: names) func everyPrefixOfAPathIsReadRight(name: String) throws {
        let (encoding, bits) = try Self.encoding(name)
        for value in Self.values {
            let word = try encoding.codeWord(of: value.bytes, bits: bits)
            let path = word.padded(to: bits)
            var reader = encoding.reader(bits: bits)
            for count in 0...bits {
                #expect(reader.reading == encoding.read(Self.beginning(path, count), bits: bits), "\(value) \(count)")
                switch reader.reading {
                case .open(let shortest): #expect(count < word.bitCount && shortest <= word.bitCount)
                case .complete(let found, let length):
                    #expect(count >= word.bitCount && length == word.bitCount)
                    let parts = try #require(GroupedValue(found))
                    #expect(parts.group == value.group)
                    #expect(name.contains("hash") ? parts.string.count == 16 : parts.string == value.string)
                case .other, .impossible: Issue.record("\(value): \(reader.reading) after \(count) bits")
                }
                if count < bits { reader = reader.appending(path.bit(count)) }
            }
            #expect(encoding.read(Self.beginning(path, word.bitCount).appending(true), bits: bits) == .impossible)
        }
    }

    /// A string that the task cannot encode is in no group, and its path is all zeros.
    @Test(arguments: names) func theReservedWordIsInNoGroup(name: String) throws {
        let (encoding, bits) = try Self.encoding(name)
        let path = try #require(encoding.reservedWord(bits: bits)).padded(to: bits)
        #expect(path == Prefix().padded(to: bits))
        #expect(encoding.read(path, bits: bits) == .other(length: 8))
        #expect(encoding.read(Self.beginning(path, 8), bits: bits).isComplete)
        // Behind a group it is nobody's.
        guard !name.contains("hash") else { return }
        let inGroup = Prefix(wholeBytes: Array("a".utf8) + [1]).padded(to: bits)
        #expect(encoding.read(inGroup, bits: bits) == .impossible)
    }

    @Test(arguments: names) func whatHasNoGroupIsRefused(name: String) throws {
        let (encoding, bits) = try Self.encoding(name)
        for value in ["", "x", "\tx"] {
            #expect(throws: StringEncodingError.noGroup) { try encoding.codeWord(of: Array(value.utf8), bits: bits) }
        }
        #expect(throws: StringEncodingError.unencodableByte(1, index: 1)) {
            try encoding.codeWord(of: [0x61, 1, 0x09, 0x78], bits: bits)
        }
        #expect(throws: StringEncodingError.self) {
            try encoding.codeWord(of: [UInt8](repeating: 0x61, count: 70) + [0x09, 0x78], bits: bits)
        }
        // A tab in the group's path, and a group without a byte.
        #expect(encoding.read(Prefix(wholeBytes: [0x61, 0x09]), bits: bits) == .impossible)
        #expect(encoding.read(Prefix(wholeBytes: [0x01]), bits: bits) == .impossible)
    }

    @Test func onlyWhatHasRoomHasGroups() throws {
        for name in ["group-1+hex", "group-1+", "group-1+group-1+bytes", "group-2+bytes"] {
            #expect(StringEncodings.encoding(named: name, taskID: []) == nil, "\(name)")
        }
        #expect(StringEncodings.newestName(of: "url", grouped: true) == "group-1+url-1")
        #expect(StringEncodings.isOfHashes("group-1+hash-1") && !StringEncodings.isOfHashes("group-1+url-1"))
        for name in Self.names {
            let (encoding, _) = try Self.encoding(name)
            #expect(throws: StringEncodingError.self) { try encoding.check(bits: encoding.leastBits - 1) }
            #expect(throws: Never.self) { try encoding.check(bits: encoding.leastBits) }
        }
    }

    /// The example of the task file's article.
    @Test func theExampleIsRight() throws {
        let (encoding, _) = try Self.encoding("group-1+bytes")
        let path = try encoding.path(of: Array("7\ta".utf8), bits: 36)
        #expect(path.description == "001101110000000101100001000000010000")
        #expect(try encoding.beginning(of: Array("7\t".utf8), bits: 36).description == "0011011100000001")
        #expect(try encoding.beginning(of: Array("7".utf8), bits: 36).description == "00110111")
    }
}
