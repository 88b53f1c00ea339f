/// Why a file of certificates or keys cannot be used.
package enum TLSFileError: Error, Hashable, Sendable {
    case missing(String)
    case unreadable(String, reason: String)
    /// There is no certificate in PEM.
    case noCertificate(String)
    /// There is no private key in PEM.
    case noKey(String)
    /// The key can be used with a passphrase only.
    case lockedKey(String)
    /// Others than the owner and its group can use the key.
    case exposedKey(String)
    /// The key is not that of the first certificate.
    case otherKey(String, certificate: String)
    /// The first certificate's time is over, or has not come.
    case outOfTime(String, reason: String)
    /// What the library says of them.
    case unusable(String, reason: String)
}

extension TLSFileError {
    /// Whether the file, or the right to read it, is what is missing.
    package var isOfReading: Bool {
        switch self {
        case .missing, .unreadable: true
        default: false
        }
    }
}

extension TLSFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "\(path): no such file"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .noCertificate(let path): "\(path): no certificate in PEM is in it"
        case .noKey(let path): "\(path): no private key in PEM is in it"
        case .lockedKey(let path): "\(path): the key has a passphrase, which nobody could enter: store it without one"
        case .exposedKey(let path):
            "\(path): others can read or change this private key: chmod 600, or 640 for a group of its own"
        case .otherKey(let path, let certificate):
            "\(path): the key is not that of the first certificate in \(certificate)"
        case .outOfTime(let path, let reason): "\(path): the first certificate \(reason)"
        case .unusable(let path, let reason): "\(path): cannot be used: \(reason)"
        }
    }
}
