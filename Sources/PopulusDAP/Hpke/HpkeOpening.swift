import Crypto
import PopulusKernels

/// Opens one message in HPKE's base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM.
///
/// What the library's `HPKE.Recipient` does, on the library's own primitives. That one takes 65 µs where X25519 takes 36,
/// as it makes key objects for each of eight derivations; this takes 44, and an aggregator opens every report of a batch.
///
/// The secrets on the way are wiped, those on the stack too. Who gets the plaintext wipes it.
///
/// Spec: RFC 9180 §4, §4.1, §5.1
struct HpkeOpening {
    let privateKey: Curve25519.KeyAgreement.PrivateKey
    /// Of `privateKey`: 32 bytes.
    let publicKey: [UInt8]

    /// The plaintext; nil where the message, its associated data or `info` do not belong to the key.
    ///
    /// Spec: RFC 9180 §6.1 (`OpenBase`)
    func open(
        enc: ArraySlice<UInt8>, payload: ArraySlice<UInt8>, info: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        defer { wipeStack() }
        guard var sharedSecret = sharedSecret(enc: enc) else { return nil }
        let context = Self.keyScheduleContext(info)
        var secret = Self.hmac(key: sharedSecret, Self.secretLabel)
        var key = Self.hmac(key: secret, Self.keyLabel, context, [1])
        let nonce = Self.hmac(key: secret, Self.nonceLabel, context, [1]).prefix(12)
        let symmetricKey = SymmetricKey(data: key.prefix(16))
        sharedSecret.wipe()
        secret.wipe()
        key.wipe()
        // Why it does not open must tell nobody anything.
        guard let box = try? AES.GCM.SealedBox(combined: nonce + payload),
            var plaintext = try? AES.GCM.open(box, using: symmetricKey, authenticating: associatedData)
        else { return nil }
        let bytes = Array(plaintext)
        plaintext.wipe()
        return bytes
    }

    /// Nil for a key that is none, and for one of low order: then the product is zero whatever the private key.
    ///
    /// Spec: RFC 9180 §4.1 (`Decap`), §7.1.4
    private func sharedSecret(enc: ArraySlice<UInt8>) -> [UInt8]? {
        // The same for a key that is none.
        guard let sender = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: enc),
            let product = try? privateKey.sharedSecretFromKeyAgreement(with: sender)
        else { return nil }
        var dh = product.withUnsafeBytes { [UInt8]($0) }
        guard dh.reduce(0, |) != 0 else { return nil }
        var prk = Self.hmac(key: [], Self.kemLabel, dh)
        let secret = Self.hmac(key: prk, Self.sharedSecretLabel, enc + publicKey, [1])
        dh.wipe()
        prk.wipe()
        return secret
    }
}

// MARK: - Key derivation

extension HpkeOpening {
    // What comes before the input key material in `LabeledExtract`, which is HMAC with the salt as key, and before `info`
    // in `LabeledExpand`: for at most 32 bytes that is HMAC too, with the byte 1 at the end, cut to size.
    // Spec: RFC 9180 §4; RFC 5869 §2.2, §2.3
    private static let kemLabel = version + kemSuite + Array("eae_prk".utf8)
    private static let sharedSecretLabel = [0, 32] + version + kemSuite + Array("shared_secret".utf8)
    private static let pskIDHashLabel = version + suite + Array("psk_id_hash".utf8)
    private static let infoHashLabel = version + suite + Array("info_hash".utf8)
    private static let secretLabel = version + suite + Array("secret".utf8)
    private static let keyLabel = [0, 16] + version + suite + Array("key".utf8)
    private static let nonceLabel = [0, 12] + version + suite + Array("base_nonce".utf8)

    private static let version = Array("HPKE-v1".utf8)
    /// The KEM's `suite_id`.
    private static let kemSuite = Array("KEM".utf8) + [0x00, 0x20]
    /// The `suite_id` of KEM, KDF and AEAD.
    private static let suite = Array("HPKE".utf8) + [0x00, 0x20, 0x00, 0x01, 0x00, 0x01]
    /// How `key_schedule_context` begins in the base mode.
    ///
    /// Spec: RFC 9180 §5.1 (`KeySchedule`)
    private static let modeAndPskIDHash = [0x00] + hmac(key: [], pskIDHashLabel)
    /// `info` and `key_schedule_context` of the messages that there are most of: the context depends on nothing else.
    private static let knownContexts = [Role.leader, .helper].map { role in
        let info = HpkeLabel.inputShare(recipient: role).bytes
        return (info: info, context: madeContext(info))
    }

    /// What the secrets of a message with an `info` are derived for, in the base mode.
    ///
    /// Spec: RFC 9180 §5.1 (`KeySchedule`)
    private static func keyScheduleContext(_ info: [UInt8]) -> [UInt8] {
        knownContexts.first { $0.info == info }?.context ?? madeContext(info)
    }

    private static func madeContext(_ info: [UInt8]) -> [UInt8] {
        modeAndPskIDHash + hmac(key: [], infoHashLabel, info)
    }

    /// HMAC-SHA256 of a message in parts, with a key of at most 64 bytes.
    ///
    /// `HMAC<SHA256>` takes three times as long for messages as short as these as the library's hash does.
    ///
    /// Spec: RFC 2104 §2
    private static func hmac(
        key: [UInt8], _ label: [UInt8], _ message: [UInt8] = [], _ end: [UInt8] = []
    ) -> [UInt8] {
        HmacSha256.code(key: key, label, message, end) ?? hmacByLibrary(key: key, label, message, end)
    }

    private static func hmacByLibrary(
        key: [UInt8], _ label: [UInt8], _ message: [UInt8], _ end: [UInt8]
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0x36, count: 64)
        for index in key.indices { block[index] ^= key[index] }
        var inner = SHA256()
        inner.update(data: block)
        inner.update(data: label)
        inner.update(data: message)
        inner.update(data: end)
        for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
        var outer = SHA256()
        outer.update(data: block)
        block.wipe()
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { [UInt8]($0) }
    }
}
