import NIOSSL
import PopulusDurableFiles

/// A file of certificates or a key, as it was found.
struct TLSFile: Sendable {
    /// Far more than any chain of certificates has.
    private static let greatestSize = 4 << 20

    let path: String
    let bytes: [UInt8]
    /// Whether others than its owner and group can use it, or the group can change it.
    let isExposed: Bool

    init(_ path: String) throws(TLSFileError) {
        let found: [UInt8]?
        let status: FileStatus
        do throws(DurableFileError) {
            found = try DurableFile.read(path, limit: Self.greatestSize)
            status = try FileStatus(of: path)
        } catch {
            throw error.cause == .missing ? .missing(path) : .unreadable(path, reason: error.reason)
        }
        guard let bytes = found else { throw .missing(path) }
        guard bytes.count <= Self.greatestSize else { throw .unreadable(path, reason: "it is too large") }
        (self.path, self.bytes) = (path, bytes)
        isExposed = status.permissions & 0o027 != 0
    }

    /// All certificates, in the order of the file; what else is in it is passed over.
    func certificates() throws(TLSFileError) -> [NIOSSLCertificate] {
        let found: [NIOSSLCertificate]
        do { found = try NIOSSLCertificate.fromPEMBytes(bytes) } catch { throw .noCertificate(path) }
        guard !found.isEmpty else { throw .noCertificate(path) }
        return found
    }

    /// The private key, which nobody else may read.
    func key() throws(TLSFileError) -> NIOSSLPrivateKey {
        guard !isExposed else { throw .exposedKey(path) }
        // Both of its forms say so in words. Asked for a passphrase nobody would answer.
        guard !String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") else { throw .lockedKey(path) }
        do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch { throw .noKey(path) }
    }
}
