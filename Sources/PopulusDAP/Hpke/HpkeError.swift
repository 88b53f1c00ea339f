/// Why something could not be sealed or opened; it never says more than the receiver may tell the sender.
package enum HpkeError: Error, Equatable, Sendable {
    /// The configuration names algorithms that this implementation lacks.
    case unsupportedAlgorithms

    /// A public or private key is not one of its kind, or the two do not belong together.
    case invalidKey

    /// No key of the receiver has the ciphertext's configuration ID.
    case unknownConfigID

    /// The ciphertext, its associated data or its label do not belong to the key.
    case decryptionFailed

    /// Encryption failed.
    case encryptionFailed
}
