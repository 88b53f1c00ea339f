import Foundation
import NIOSSL

/// Where a certificate and its key are.
package struct CredentialFiles: Hashable, Sendable {
    /// The certificate in PEM, and those that lead from it to its authority, in this order.
    package let certificate: String
    /// Its private key in PEM.
    package let key: String

    package init(certificate: String, key: String) {
        (self.certificate, self.key) = (certificate, key)
    }
}

/// A certificate with its chain and key.
struct Credentials: Sendable {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    let facts: CertificateFacts

    /// - Parameter rejectsOldOnes: whether a certificate must be of use now.
    init(_ certificate: TLSFile, _ keyFile: TLSFile, rejectsOldOnes: Bool) throws(TLSFileError) {
        chain = try certificate.certificates()
        key = try keyFile.key()
        facts = CertificateFacts(chain[0])
        if rejectsOldOnes, let reason = facts.fault(at: Date()) { throw .outOfTime(certificate.path, reason: reason) }
        // Only here the library compares both.
        let both = TLSConfiguration.makeServerConfiguration(certificateChain: sources, privateKey: source)
        do { _ = try NIOSSLContext(configuration: both) } catch {
            throw .otherKey(keyFile.path, certificate: certificate.path)
        }
    }

    var sources: [NIOSSLCertificateSource] { chain.map { .certificate($0) } }
    var source: NIOSSLPrivateKeySource { .privateKey(key) }
}

extension Credentials: CustomStringConvertible, CustomReflectable {
    var description: String { "Credentials(\(facts))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an operator is told of a certificate.
package struct CertificateFacts: Hashable, Sendable {
    /// The names of hosts in it, in small letters.
    package let names: [String]
    /// SHA-256 of its public key, as ``PinnedPeer`` takes it.
    package let key: String
    /// From when on, in seconds since the Epoch.
    package let begins: Int64
    /// Until when, in seconds since the Epoch.
    package let ends: Int64

    init(_ certificate: NIOSSLCertificate) {
        let peer = PeerCertificate(certificate)
        names = peer.names
        key = "\(PinnedPeer.key(peer.keyDigest))"
        (begins, ends) = (peer.begins, peer.ends)
    }

    /// Why it is of no use at a time; nothing if it is.
    package func fault(at time: Date) -> String? {
        let now = Int64(time.timeIntervalSince1970)
        if now > ends { return "has expired at \(Self.text(ends))" }
        return now < begins ? "is of no use before \(Self.text(begins))" : nil
    }

    /// The same, or that its time is over within a week.
    package func warning(at time: Date) -> String? {
        let rest = Double(ends) - time.timeIntervalSince1970
        return fault(at: time) ?? (rest < 7 * 86_400 ? "expires at \(Self.text(ends))" : nil)
    }

    private static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}

extension CertificateFacts: CustomStringConvertible {
    package var description: String {
        "\(names.isEmpty ? "no name" : names.joined(separator: ", ")), until \(Self.text(ends)), \(key)"
    }
}
