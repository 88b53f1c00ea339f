/// The public keys of X25519 whose shared secret is zero whatever the other side's key.
///
/// The key encapsulation must abort on that secret; the library underneath does not, so such keys are refused by value.
///
/// Spec: RFC 9180 §7.1.4; RFC 7748 §6.1
enum LowOrderPoint {
    /// The u-coordinates of the points of order 1, 2, 4 and 8 on curve and twist, and their encodings beyond the field
    /// modulus, little-endian without the top bit, which X25519 ignores.
    private static let encodings: Set<[UInt8]> = [
        bytes(first: 0x00, middle: 0x00, last: 0x00),
        bytes(first: 0x01, middle: 0x00, last: 0x00),
        bytes(first: 0xEC, middle: 0xFF, last: 0x7F),
        bytes(first: 0xED, middle: 0xFF, last: 0x7F),
        bytes(first: 0xEE, middle: 0xFF, last: 0x7F),
        [
            0xE0, 0xEB, 0x7A, 0x7C, 0x3B, 0x41, 0xB8, 0xAE, 0x16, 0x56, 0xE3, 0xFA, 0xF1, 0x9F, 0xC4, 0x6A, 0xDA, 0x09,
            0x8D, 0xEB, 0x9C, 0x32, 0xB1, 0xFD, 0x86, 0x62, 0x05, 0x16, 0x5F, 0x49, 0xB8, 0x00,
        ],
        [
            0x5F, 0x9C, 0x95, 0xBC, 0xA3, 0x50, 0x8C, 0x24, 0xB1, 0xD0, 0xB1, 0x55, 0x9C, 0x83, 0xEF, 0x5B, 0x04, 0x44,
            0x5C, 0xC4, 0x58, 0x1C, 0x8E, 0x86, 0xD8, 0x22, 0x4E, 0xDD, 0xD0, 0x9F, 0x11, 0x57,
        ],
    ]

    /// Whether a public key, 32 bytes, is one of them.
    static func contains(_ publicKey: ArraySlice<UInt8>) -> Bool {
        guard let last = publicKey.last else { return false }
        return encodings.contains(publicKey.dropLast() + [last & 0x7F])
    }

    private static func bytes(first: UInt8, middle: UInt8, last: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: middle, count: 30) + [last]
    }
}
