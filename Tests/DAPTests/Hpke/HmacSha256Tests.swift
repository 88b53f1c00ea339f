import Crypto
import PopulusKernels
import Testing

/// The derivations of HPKE on the CPU's instructions, where there are any, against the library's.
@Suite struct HmacSha256Tests {
    @Test func equalsTheLibrary() {
        let bytes = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 >> 4) }
        for length in 0...200 {
            let key = Array(bytes[..<(length % 65)])
            let message = Array(bytes[100..<100 + length])
            let (first, second) = (length / 3, length / 3 + length % 7 * length / 14)
            let code = HmacSha256.code(
                key: key, Array(message[..<first]), Array(message[first..<second]), Array(message[second...]))
            // A CPU without the instructions has the library alone.
            guard let code else { return }
            let expected = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
            #expect(code == Array(expected), "a message of \(length) bytes")
        }
    }

    /// RFC 4231 §4.3.
    @Test func knownAnswer() {
        guard
            let code = HmacSha256.code(
                key: Array("Jefe".utf8), Array("what do ya ".utf8), Array("want for nothing?".utf8), [])
        else { return }
        #expect(code.prefix(8) == [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e])
        #expect(code.suffix(8) == [0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43])
    }
}
