import Crypto
import Foundation

extension HpkeConfig {
    /// The one set of algorithms of this implementation.
    ///
    /// Spec: RFC 9180 §7
    static let ciphersuite = HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_128)

    /// Encrypts one message in the base mode.
    ///
    /// Spec: RFC 9180 §6.1 (`SealBase`)
    package func seal(
        _ plaintext: [UInt8], label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext {
        guard isSupported else { throw .unsupportedAlgorithms }
        // Their number is the only thing that can be wrong.
        guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey),
            !LowOrderPoint.contains(publicKey[...])
        else { throw .invalidKey }
        do {
            var sender = try HPKE.Sender(recipientKey: key, ciphersuite: Self.ciphersuite, info: Data(label.bytes))
            let payload = try sender.seal(plaintext, authenticating: associatedData)
            return HpkeCiphertext(configID: id, enc: Array(sender.encapsulatedKey), payload: Array(payload))
        } catch {
            throw .encryptionFailed
        }
    }
}
