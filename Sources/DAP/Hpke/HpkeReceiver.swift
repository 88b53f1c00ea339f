/// A receiver's key pairs, in decreasing order of preference: old ones stay to open what was sealed to them.
package struct HpkeReceiver: Sendable {
    package let keyPairs: [HpkeKeyPair]

    /// - Throws: `invalidKey` if there is no key pair or two have the same configuration ID.
    package init(keyPairs: [HpkeKeyPair]) throws(HpkeError) {
        guard !keyPairs.isEmpty, Set(keyPairs.map(\.config.id)).count == keyPairs.count else { throw .invalidKey }
        self.keyPairs = keyPairs
    }

    package var configList: HpkeConfigList {
        HpkeConfigList(configs: keyPairs.map(\.config))
    }

    package func recognizes(configID: UInt8) -> Bool {
        keyPairs.contains { $0.config.id == configID }
    }

    /// Decrypts one message with the key pair that it names.
    package func open(
        _ ciphertext: HpkeCiphertext, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> [UInt8] {
        guard let keyPair = keyPairs.first(where: { $0.config.id == ciphertext.configID }) else {
            throw .unknownConfigID
        }
        return try keyPair.open(ciphertext, label: label, associatedData: associatedData)
    }
}
