import Crypto

/// A receiver's private key with the configuration that senders see.
///
/// Its description shows no secret.
package struct HpkeKeyPair: Sendable, CustomStringConvertible, CustomReflectable {
    package let config: HpkeConfig
    private let privateKey: Curve25519.KeyAgreement.PrivateKey

    /// A fresh key.
    package static func generate(id: UInt8) -> HpkeKeyPair {
        HpkeKeyPair(id: id, privateKey: Curve25519.KeyAgreement.PrivateKey())
    }

    /// - Throws: `invalidKey` unless there are 32 bytes.
    package init(id: UInt8, privateKeyBytes: [UInt8]) throws(HpkeError) {
        // Their number is the only thing that can be wrong.
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: privateKeyBytes) else {
            throw .invalidKey
        }
        self.init(id: id, privateKey: key)
    }

    /// - Throws: `invalidKey` unless the private key belongs to the configuration's public key.
    package init(config: HpkeConfig, privateKeyBytes: [UInt8]) throws(HpkeError) {
        guard config.isSupported else { throw .unsupportedAlgorithms }
        try self.init(id: config.id, privateKeyBytes: privateKeyBytes)
        guard self.config == config else { throw .invalidKey }
    }

    private init(id: UInt8, privateKey: Curve25519.KeyAgreement.PrivateKey) {
        self.privateKey = privateKey
        config = HpkeConfig(
            id: id, kemID: HpkeConfig.x25519HkdfSha256, kdfID: HpkeConfig.hkdfSha256, aeadID: HpkeConfig.aes128Gcm,
            publicKey: Array(privateKey.publicKey.rawRepresentation))
    }

    /// The secret, for a role's file: 32 bytes.
    package var privateKeyBytes: [UInt8] { Array(privateKey.rawRepresentation) }

    /// Decrypts one message in the base mode, whatever configuration ID it carries.
    ///
    /// Spec: RFC 9180 §6.1 (`OpenBase`)
    package func open(
        _ ciphertext: HpkeCiphertext, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> [UInt8] {
        try open(HpkeCiphertextSlice(ciphertext), label: label, associatedData: associatedData)
    }

    /// Decrypts one message in the base mode, whatever configuration ID it carries.
    ///
    /// Spec: RFC 9180 §6.1 (`OpenBase`)
    package func open(
        _ ciphertext: HpkeCiphertextSlice, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> [UInt8] {
        let opening = HpkeOpening(privateKey: privateKey, publicKey: config.publicKey)
        guard
            let plaintext = opening.open(
                enc: ciphertext.enc, payload: ciphertext.payload, info: label.bytes, associatedData: associatedData)
        else { throw .decryptionFailed }
        return plaintext
    }

    package var description: String { "HpkeKeyPair(id: \(config.id))" }

    package var customMirror: Mirror { Mirror(self, children: ["config": config]) }
}
