import PopulusStringCodec
import PopulusVDAF
import Testing

/// The hash of a string is a path; what it says was computed with Python's `hashlib`.
@Suite struct HashEncodingTests {
    private let encoding = HashEncoding(taskID: [UInt8](0..<32))

    private func digits(_ string: String, bits: Int) throws -> String {
        let path = try encoding.path(of: Array(string.utf8), bits: bits)
        guard case .complete(let value, let length) = encoding.read(path, bits: bits) else { return "" }
        #expect(length == bits && path.bitCount == bits)
        return String(decoding: value, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("", 64, "07e776b9d4beff74"),
            ("a", 64, "d8dacd58f2f00bc5"),
            ("https://example.org/", 64, "0e0dd1c80926dba9"),
            ("https://example.org/", 63, "0e0dd1c80926dba8"),
            ("https://example.org/", 61, "0e0dd1c80926dba8"),
            ("https://example.org/", 50, "0e0dd1c80926c"),
            ("https://example.org/", 32, "0e0dd1c8"),
        ] as [(String, Int, String)])
    func theFirstBitsOfTheHashAreThePath(string: String, bits: Int, expected: String) throws {
        #expect(try digits(string, bits: bits) == expected)
    }

    /// A table that was made for one task is of no use for another.
    @Test func hashesDependOnTheTask() throws {
        let other = HashEncoding(taskID: [UInt8](repeating: 7, count: 32))
        #expect(try encoding.path(of: Array("a".utf8), bits: 64) != other.path(of: Array("a".utf8), bits: 64))
    }

    @Test func theBitsAreThirtyTwoToSixtyFour() throws {
        for bits in [1, 31, 65, 128] {
            #expect(throws: StringEncodingError.bitsOutside(32...64, bits: bits)) { try encoding.check(bits: bits) }
            #expect(throws: StringEncodingError.bitsOutside(32...64, bits: bits)) {
                try encoding.path(of: [0x61], bits: bits)
            }
        }
        for bits in 32...64 { try encoding.check(bits: bits) }
    }

    /// No string is refused: not the empty one, not one with NUL bytes, not a long one.
    @Test func everyStringHasAPath() throws {
        for value in [[], [0], [1], [0x0a], [UInt8](0...255), [UInt8](repeating: 0x61, count: 100_000)] as [[UInt8]] {
            #expect(try encoding.path(of: value, bits: 64).bitCount == 64)
        }
    }

    @Test func aHashIsOpenUntilAllBitsAreThere() throws {
        let path = try encoding.path(of: Array("a".utf8), bits: 40)
        for level in -1..<39 {
            #expect(encoding.read(path.ancestor(level: level), bits: 40) == .open(shortest: 40))
        }
        #expect(encoding.read(path.padded(to: 41), bits: 40) == .impossible)
    }

    @Test func stringsThatBeginAlikeHaveNothingInCommon() {
        #expect(throws: StringEncodingError.noBeginnings) { try encoding.beginning(of: [0x61], bits: 64) }
    }
}
