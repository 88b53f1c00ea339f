import Crypto
import PopulusKernels
import Testing

/// The derivations of HPKE on the CPU's instructions, where there are any, against the library's.
@Suite struct HmacSha256Tests {
    /// Whether the CPU has the instructions: without them there is the library alone.
    private static let isThere = HmacSha256.code(key: [1], [], [], []) != nil

    @Test(.enabled(if: isThere)) func equalsTheLibrary() throws {
        let bytes = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 >> 4) }
        for length in 0...200 {
            let key = Array(bytes[..<(length % 65)])
            let message = Array(bytes[100..<100 + length])
            let (first, second) = (length / 3, length / 3 + length % 7 * length / 14)
            let code = HmacSha256.code(
                key: key, Array(message[..<first]), Array(message[first..<second]), Array(message[second...]))
            let expected = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
            #expect(try #require(code) == Array(expected), "a message of \(length) bytes")
        }
    }

    /// RFC 4231 §4.3.
    @Test(.enabled(if: isThere)) func knownAnswer() throws {
        let code = try #require(
            HmacSha256.code(key: Array("Jefe".utf8), Array("what do ya ".utf8), Array("want for nothing?".utf8), []))
        #expect(code.prefix(8) == [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e])
        #expect(code.suffix(8) == [0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43])
    }
}
