import Foundation
import NIOSSL

/// Which authorities a client trusts, and the certificate that it shows to servers that ask for one.
///
/// TLS 1.2 at least; the server's certificate must be signed by one of the authorities, for the host of the URL.
package final class ClientTLS: ReloadableTLS {
    private struct Made: Sendable {
        let configuration: TLSConfiguration
        let facts: CertificateFacts?
    }

    private let made: Reloaded<Made>
    /// Where the authorities come from; nothing for the system's.
    package let authorities: String?

    /// - Parameters:
    ///   - authorities: a file of authorities in PEM, in place of the system's.
    ///   - files: what to show to servers that ask for a certificate.
    package init(authorities: String?, showing files: CredentialFiles? = nil) throws(TLSFileError) {
        self.authorities = authorities
        let paths = (authorities.map { [$0] } ?? []) + (files.map { [$0.certificate, $0.key] } ?? [])
        made = try Reloaded(paths) { found, isFirst throws(TLSFileError) in
            var configuration = Self.plain
            if authorities != nil { configuration.trustRoots = .certificates(try found[0].certificates()) }
            guard files != nil else { return Made(configuration: configuration, facts: nil) }
            let credentials = try Credentials(
                found[found.count - 2], found[found.count - 1], rejectsOldOnes: !isFirst)
            configuration.certificateChain = credentials.sources
            configuration.privateKey = credentials.source
            return Made(configuration: configuration, facts: credentials.facts)
        }
    }

    /// The system's authorities, and no certificate to show.
    package static var plain: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    /// For the next connection.
    package var configuration: TLSConfiguration { made.value.configuration }

    /// The certificate that is shown now, if there is one.
    package var facts: CertificateFacts? { made.value.facts }

    package func warning(at time: Date) -> String? { facts?.warning(at: time) }

    package func reload(waits: Bool) -> TLSReload? {
        made.reload(waits: waits) { $0.facts.map { "\($0)" } ?? "authorities" }
    }
}
