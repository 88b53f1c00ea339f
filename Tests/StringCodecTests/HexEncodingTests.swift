import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct HexEncodingTests {
    private let encoding = HexEncoding()

    @Test func aWordIsTheDigits() throws {
        let word = try encoding.codeWord(of: Array("0aF9c".utf8), bits: 20)
        #expect(word.bytes == [0x0a, 0xf9, 0xc0] && word.bitCount == 20)
        #expect(try encoding.path(of: Array("0af9C".utf8), bits: 20) == word)
        #expect(encoding.read(word, bits: 20) == .complete(value: Array("0af9c".utf8), length: 20))
    }

    @Test func onlyTheLeafIsComplete() throws {
        #expect(encoding.read(Prefix(), bits: 16) == .open(shortest: 16))
        let begun = try Prefix(bytes: [0x00, 0x00], bitCount: 15)
        #expect(encoding.read(begun, bits: 16) == .open(shortest: 16))
        #expect(
            encoding.read(Prefix(wholeBytes: [0, 1]), bits: 16) == .complete(value: Array("0001".utf8), length: 16))
        #expect(encoding.read(Prefix(wholeBytes: [0, 1, 0]), bits: 16) == .impossible)
        #expect(encoding.read(begun, bits: 18) == .impossible)
    }

    @Test func anotherLengthIsRefused() {
        for value in ["", "012", "01234"] {
            #expect(throws: StringEncodingError.otherLength(value.utf8.count, expected: 4)) {
                try encoding.codeWord(of: Array(value.utf8), bits: 16)
            }
        }
        #expect(throws: StringEncodingError.bitsNotMultiple(of: 4, bits: 18)) { try encoding.check(bits: 18) }
        #expect(throws: StringEncodingError.bitsNotMultiple(of: 4, bits: 18)) {
            try encoding.codeWord(of: Array("0123".utf8), bits: 18)
        }
    }

    @Test(arguments: Array("/:@G`g \u{0}".utf8)) func otherCharactersAreRefused(character: UInt8) {
        #expect(throws: StringEncodingError.unencodableByte(character, index: 2)) {
            try encoding.codeWord(of: Array("00".utf8) + [character, 0x30], bits: 16)
        }
    }

    @Test func beginningsMayBeShorter() throws {
        #expect(try encoding.beginning(of: Array("abc".utf8), bits: 16) == Prefix(bytes: [0xab, 0xc0], bitCount: 12))
        #expect(try encoding.beginning(of: Array("abcd".utf8), bits: 16) == Prefix(wholeBytes: [0xab, 0xcd]))
        #expect(try encoding.beginning(of: [], bits: 16) == Prefix())
        #expect(throws: StringEncodingError.tooLong(needed: 20, available: 16)) {
            try encoding.beginning(of: Array("abcde".utf8), bits: 16)
        }
    }

    @Test func reasonsReadWell() {
        #expect(
            StringEncodingError.otherLength(3, expected: 64).description
                == "it has 3 characters, and the task takes exactly 64")
        #expect(
            StringEncodingError.bitsNotMultiple(of: 4, bits: 18).description
                == "the encoding needs a multiple of 4 bits, and the task has 18; give 16 or 20")
        #expect(StringEncodingError.bitsNotMultiple(of: 4, bits: 3).description.hasSuffix("has 3; give 4"))
        #expect(StringEncodingError.bitsNotMultiple(of: 4, bits: 65_535).description.hasSuffix("has 65535; give 65532"))
    }
}
