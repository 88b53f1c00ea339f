/// A receiver's key pairs, in decreasing order of preference: old ones stay to open what was sealed to them.
///
/// With a keyring it also opens what was sealed to the keys of the process's other tasks.
package struct HpkeReceiver: Sendable {
    package let keyPairs: [HpkeKeyPair]
    private let keyring: HpkeKeyring?

    /// - Parameter keyring: joined by these keys; nothing where a process has this receiver alone.
    /// - Throws: `invalidKey` if there is no key pair or two have the same configuration ID.
    package init(keyPairs: [HpkeKeyPair], joining keyring: HpkeKeyring? = nil) throws(HpkeError) {
        guard !keyPairs.isEmpty, Set(keyPairs.map(\.config.id)).count == keyPairs.count else { throw .invalidKey }
        self.keyPairs = keyPairs
        self.keyring = keyring
        keyring?.add(keyPairs)
    }

    /// The receiver's own configurations.
    package var configList: HpkeConfigList {
        HpkeConfigList(configs: keyPairs.map(\.config))
    }

    package func recognizes(configID: UInt8) -> Bool { !candidates(configID: configID).isEmpty }

    /// Whether the key that a message names is there.
    package func recognizes(_ ciphertext: HpkeCiphertext) -> Bool { recognizes(configID: ciphertext.configID) }

    /// Decrypts one message with the key pair that it names; where several have that name, with the one that opens it.
    package func open(
        _ ciphertext: HpkeCiphertext, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> [UInt8] {
        try open(HpkeCiphertextSlice(ciphertext), label: label, associatedData: associatedData)
    }

    /// Decrypts one message with the key pair that it names; where several have that name, with the one that opens it.
    package func open(
        _ ciphertext: HpkeCiphertextSlice, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> [UInt8] {
        var failure = HpkeError.unknownConfigID
        for keyPair in candidates(configID: ciphertext.configID) {
            do {
                return try keyPair.open(ciphertext, label: label, associatedData: associatedData)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The receiver's own key with this ID first.
    private func candidates(configID: UInt8) -> [HpkeKeyPair] {
        let own = keyPairs.first { $0.config.id == configID }
        guard let keyring else { return own.map { [$0] } ?? [] }
        let shared = keyring.keyPairs(configID: configID).filter { $0.config != own?.config }
        return (own.map { [$0] } ?? []) + shared
    }
}
