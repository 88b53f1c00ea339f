import Synchronization

/// A receiver's key pairs, in decreasing order of preference: old ones stay to open what was sealed to them.
///
/// With a keyring it also opens what was sealed to the keys of the process's other tasks. Its own may change while it is used.
package struct HpkeReceiver: Sendable {
    private let own: OwnKeys
    private let keyring: HpkeKeyring?

    /// - Parameter keyring: joined by these keys; nothing where a process has this receiver alone.
    /// - Throws: `invalidKey` if there is no key pair or two have the same configuration ID.
    package init(keyPairs: [HpkeKeyPair], joining keyring: HpkeKeyring? = nil) throws(HpkeError) {
        try self.init(keys: keyPairs.map { HeldHpkeKey($0) }, joining: keyring)
    }

    /// The same with what each is used for.
    package init(keys: [HeldHpkeKey], joining keyring: HpkeKeyring? = nil) throws(HpkeError) {
        (own, self.keyring) = (OwnKeys(), keyring)
        try replace(with: keys)
    }

    /// Its own keys from now on.
    ///
    /// One that clients are not told of may have another one's configuration ID: each opens what is sealed to it.
    ///
    /// - Throws: `invalidKey` if there is none, one is there twice, or two that clients are told of have the same configuration
    ///   ID; then nothing was changed.
    package func replace(with keys: [HeldHpkeKey]) throws(HpkeError) {
        let (offered, configs) = (keys.filter(\.isOffered), keys.map { $0.keyPair.config.encoded() })
        guard !keys.isEmpty, Set(configs).count == keys.count,
            Set(offered.map(\.keyPair.config.id)).count == offered.count
        else { throw .invalidKey }
        own.replace(with: keys, in: keyring)
    }

    /// Opens nothing any more, and neither does the keyring with its keys: a task that is not served after all.
    package func leave() { own.replace(with: [], in: keyring) }

    /// Its own keys, and what each is used for.
    package var keys: [HeldHpkeKey] { own.keys }

    package var keyPairs: [HpkeKeyPair] { own.keys.map(\.keyPair) }

    /// The receiver's own configurations that clients are told of.
    package var configList: HpkeConfigList {
        HpkeConfigList(configs: own.keys.filter(\.isOffered).map(\.keyPair.config))
    }

    /// Whether all keys are here that others of the role have had for a while: without a key that it has not heard of, a process
    /// would turn reports away for good.
    package func isCurrent() async -> Bool { await keyring?.isCurrent() ?? true }

    package func recognizes(configID: UInt8) -> Bool { !candidates(configID: configID).isEmpty }

    /// Whether the key that a message names is there.
    package func recognizes(_ ciphertext: HpkeCiphertext) -> Bool { recognizes(configID: ciphertext.configID) }

    /// Whether a new upload may be sealed to a key of this name.
    package func takesUploads(configID: UInt8) -> Bool {
        candidates(configID: configID).contains(where: \.takesUploads)
    }

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
        for key in candidates(configID: ciphertext.configID) {
            do {
                return try key.keyPair.open(ciphertext, label: label, associatedData: associatedData)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The receiver's own keys with this ID first.
    private func candidates(configID: UInt8) -> [HeldHpkeKey] {
        let own = own.keys.filter { $0.keyPair.config.id == configID }
        guard let keyring else { return own }
        let shared = keyring.keys(configID: configID).filter { key in
            !own.contains { $0.keyPair.config == key.keyPair.config }
        }
        return own + shared
    }
}

/// The keys of one receiver, which change while it is used.
private final class OwnKeys: Sendable {
    private let state = Mutex<[HeldHpkeKey]>([])

    var keys: [HeldHpkeKey] { state.withLock { $0 } }

    func replace(with keys: [HeldHpkeKey], in keyring: HpkeKeyring?) {
        // The lock is held meanwhile: of two changes the later one is in both places.
        state.withLock { known in
            keyring?.replace(known, with: keys, of: self)
            known = keys
        }
    }
}
