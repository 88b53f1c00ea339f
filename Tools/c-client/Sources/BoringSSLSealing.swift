import CPopulusSealing
import PopulusDAP
import PopulusReportMaking

/// Seals with BoringSSL, which is inside the library.
struct BoringSSLSealing: ReportSealing {
    func seal(
        _ plaintext: [UInt8], to config: HpkeConfig, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext {
        let keySize = POPULUS_SEALING_KEY_SIZE
        guard config.publicKey.count == keySize else { throw .invalidKey }
        var enc = [UInt8](repeating: 0, count: keySize)
        var payload = [UInt8](repeating: 0, count: plaintext.count + POPULUS_SEALING_TAG_SIZE)
        let info = label.bytes
        let isSealed = populus_sealing_seal(
            config.publicKey, nil, info, info.count, associatedData, associatedData.count, plaintext, plaintext.count,
            &enc, &payload)
        guard isSealed == 1 else { throw .encryptionFailed }
        return HpkeCiphertext(configID: config.id, enc: enc, payload: payload)
    }
}
