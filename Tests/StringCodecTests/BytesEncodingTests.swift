import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct BytesEncodingTests {
    private let encoding = BytesEncoding()

    @Test func aWordIsTheBytesAndTheTerminator() throws {
        let word = try encoding.codeWord(of: Array("Az".utf8), bits: 24)
        #expect(word.bytes == [0x41, 0x7a, 0x01] && word.bitCount == 24)
        #expect(try encoding.path(of: Array("Az".utf8), bits: 30).bytes == [0x41, 0x7a, 0x01, 0x00])
        #expect(try encoding.codeWord(of: [], bits: 8).bytes == [0x01])
    }

    @Test func theTerminatorAndNulAreRefused() {
        #expect(throws: StringEncodingError.unencodableByte(1, index: 1)) {
            try encoding.codeWord(of: [0x41, 0x01], bits: 1024)
        }
        #expect(throws: StringEncodingError.unencodableByte(0, index: 0)) {
            try encoding.codeWord(of: [0x00], bits: 1024)
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let longest = [UInt8](repeating: 0x61, count: 127)
        #expect(try encoding.codeWord(of: longest, bits: 1024).bitCount == 1024)
        #expect(throws: StringEncodingError.tooManyBytes(128, most: 127, bits: 1024)) {
            try encoding.codeWord(of: longest + [0x61], bits: 1024)
        }
        #expect(throws: StringEncodingError.tooManyBytes(1, most: 0, bits: 15)) {
            try encoding.codeWord(of: [0x61], bits: 15)
        }
    }

    @Test func nobodysPathsAreImpossible() throws {
        #expect(encoding.read(Prefix(wholeBytes: [0x61, 0x00]), bits: 1024) == .impossible)
        #expect(encoding.read(Prefix(wholeBytes: [0x00, 0x61]), bits: 1024) == .impossible)
        #expect(encoding.read(Prefix(wholeBytes: [0x61, 0x01, 0x80]), bits: 1024) == .impossible)
        let lateBit = try Prefix(bytes: [0x61, 0x01, 0x20], bitCount: 19)
        #expect(encoding.read(lateBit, bits: 1024) == .impossible)
    }

    @Test func zerosAloneAreTheReservedWord() throws {
        #expect(encoding.reservedWord(bits: 8)?.bytes == [0])
        #expect(encoding.reservedWord(bits: 7) == nil)
        #expect(encoding.read(Prefix(wholeBytes: [0x00]), bits: 1024) == .other(length: 8))
        #expect(encoding.read(Prefix(wholeBytes: [0x00, 0x00]), bits: 1024) == .other(length: 8))
        let lateBit = try Prefix(bytes: [0x00, 0x20], bitCount: 11)
        #expect(encoding.read(lateBit, bits: 1024) == .impossible)
    }

    @Test func anOpenPathKnowsItsShortestWord() throws {
        #expect(encoding.read(Prefix(), bits: 1024) == .open(shortest: 8))
        #expect(encoding.read(Prefix(wholeBytes: [0x61]), bits: 1024) == .open(shortest: 16))
        let zeros = try Prefix(bytes: [0x61, 0x00], bitCount: 15)
        #expect(encoding.read(zeros, bits: 1024) == .open(shortest: 16))
        let letter = try Prefix(bytes: [0x61, 0x40], bitCount: 10)
        #expect(encoding.read(letter, bits: 1024) == .open(shortest: 24))
    }

    @Test func reasonsReadWell() {
        #expect(
            StringEncodingError.unencodableByte(1, index: 4).description
                == "byte 5 is 0x01, which the encoding cannot take")
        #expect(
            StringEncodingError.tooLong(needed: 1032, available: 1024).description
                == "too long: it takes 1032 bits, and the task has 1024")
        #expect(
            StringEncodingError.tooManyBytes(128, most: 127, bits: 1024).description
                == "too long: it has 128 bytes, and the task takes at most 127 (1024 bits)")
    }

    @Test func whatFitsIsSaidInBytes() {
        #expect(encoding.capacity(bits: 1024) == "strings of at most 127 bytes")
        #expect(encoding.capacity(bits: 1001) == "strings of at most 124 bytes")
        #expect(encoding.capacity(bits: 16) == "strings of at most 1 byte" && encoding.leastBits == 16)
        #expect(HexEncoding().capacity(bits: 256) == "values of 64 hexadecimal digits (32 bytes)")
        #expect(HexEncoding().capacity(bits: 4) == "values of 1 hexadecimal digit")
    }
}
