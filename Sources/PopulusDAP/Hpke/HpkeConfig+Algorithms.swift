// The algorithms of this implementation; the cryptography itself is that of whoever seals.
//
// Spec: RFC 9180 §7
extension HpkeConfig {
    /// The KEM DHKEM(X25519, HKDF-SHA256).
    package static let x25519HkdfSha256: UInt16 = 0x0020

    /// The KDF HKDF-SHA256.
    package static let hkdfSha256: UInt16 = 0x0001

    /// The AEAD AES-128-GCM.
    package static let aes128Gcm: UInt16 = 0x0001

    /// Whether this implementation can encrypt to this configuration, as far as its algorithms tell.
    package var isSupported: Bool {
        kemID == Self.x25519HkdfSha256 && kdfID == Self.hkdfSha256 && aeadID == Self.aes128Gcm
    }

    /// Whether the public key is one that nothing may be sealed to: of another length than X25519's, or of low order.
    ///
    /// Spec: RFC 9180 §7.1.4
    package var hasInvalidKey: Bool { publicKey.count != 32 || LowOrderPoint.contains(publicKey[...]) }
}
