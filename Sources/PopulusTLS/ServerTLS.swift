import Foundation
import NIOCore
import NIOSSL

/// What a server shows, and which authorities' certificates clients may show it.
///
/// TLS 1.2 at least, HTTP/1.1 by ALPN. A connection keeps what it began with; those that come after a reload have the new.
package final class ServerTLS: ReloadableTLS {
    private struct Made: Sendable {
        let context: NIOSSLContext
        let facts: CertificateFacts
    }

    /// How long the end of a connection waits for the other side's word that it has heard of it.
    private static let farewell = TimeAmount.seconds(1)

    private let made: Reloaded<Made>

    /// - Parameter clientAuthorities: a file of authorities in PEM, of whose certificates a client may show one; nothing where
    ///   none is asked for. What is shown must be signed by them and of use. Who it is that shows it, and whether one must
    ///   be shown, is for the request's handler.
    package init(_ files: CredentialFiles, clientAuthorities: String? = nil) throws(TLSFileError) {
        made = try Reloaded([files.certificate, files.key] + (clientAuthorities.map { [$0] } ?? [])) {
            found, isFirst throws(TLSFileError) in
            // A server that is started with an old certificate waits for the new one; clients refuse it meanwhile.
            let credentials = try Credentials(found[0], found[1], rejectsOldOnes: !isFirst)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: credentials.sources, privateKey: credentials.source)
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = Self.farewell
            if found.count > 2 {
                configuration.certificateVerification = .optionalVerification
                configuration.trustRoots = .certificates(try found[2].certificates())
                // So that browsers ask nobody for a certificate that would not do.
                configuration.sendCANameList = true
            }
            do {
                return Made(context: try NIOSSLContext(configuration: configuration), facts: credentials.facts)
            } catch {
                throw .unusable(found[found.count - 1].path, reason: "\(error)")
            }
        }
    }

    /// For the next connection.
    package var context: NIOSSLContext { made.value.context }

    /// What is shown now.
    package var facts: CertificateFacts { made.value.facts }

    package func warning(at time: Date) -> String? { facts.warning(at: time) }

    package func reload(waits: Bool) -> TLSReload? { made.reload(waits: waits) { "\($0.facts)" } }
}
