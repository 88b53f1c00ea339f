import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import PopulusDAP

/// Why a request has no answer, as far as it makes a difference to people.
package enum ConnectionFailure: Hashable, Sendable {
    /// Somebody is there, whose certificate does not prove that it is the host of the URL: nothing was sent to it.
    ///
    /// Spec: DAP §3
    case untrustedServer
    /// Nobody answered, or not to the end; the reason in few words.
    case noAnswer(String)
    /// The URL is none that a request can be sent to; the reason in few words.
    case noAddress(String)
    /// The answer has more bytes than are read.
    case tooLong(limit: Int)
    /// The task was cancelled.
    case cancelled

    package init(_ error: any Error) {
        if Task.isCancelled || error is CancellationError || error as? HTTPClientError == .cancelled {
            self = .cancelled
            return
        }
        switch (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error {
        case let error as IOError: self = .noAnswer(String(cString: strerror(error.errnoCode)))
        case let error as HTTPClientError:
            let isAddress = [.invalidURL, .emptyHost, .missingSocketPath, .emptyScheme].contains(error)
            self = isAddress ? .noAddress(error.shortDescription) : .noAnswer(error.shortDescription)
        case let error: self.init(description: "\(error)")
        }
    }

    /// NIOSSL says what is wrong with a handshake in its words only: first a chain, then a host's name.
    private init(description: String) {
        if description.contains("CERTIFICATE_VERIFY_FAILED") || description.contains("unableToValidateCertificate") {
            self = .untrustedServer
        } else if description.contains("unknownError"), !Self.hasAuthorities {
            // Without any the handshake does not even begin.
            self = .untrustedServer
        } else if Self.certificateAlerts.contains(where: description.contains) {
            self = .noAnswer("it refuses the certificate that was shown to it, or wants one")
        } else if description.contains("WRONG_VERSION_NUMBER") {
            self = .noAnswer("it does not speak TLS, which https asks for")
        } else {
            self = .noAnswer(ForeignText.escaped(description))
        }
    }

    /// What a server says of a client's certificate, in the library's words.
    ///
    /// Spec: RFC 8446 §6.2
    private static let certificateAlerts = [
        "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_CERTIFICATE_", "ALERT_UNKNOWN_CA",
    ]

    /// What is wrong with a certificate, for people: which of the first three it is the library does not tell.
    package static var untrusted: String {
        "no authority that is trusted here has signed it for this host, or it has expired"
            + (hasAuthorities ? "" : "; this machine has no list of authorities to trust")
    }

    /// Whether this machine has certificates of authorities, where NIOSSL looks for them: a plain Debian has none.
    package static var hasAuthorities: Bool {
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
        if bundles.contains(where: FileManager.default.fileExists(atPath:)) { return true }
        // A folder that cannot be read has none for us either.
        return (try? FileManager.default.contentsOfDirectory(atPath: "/etc/ssl/certs"))?.isEmpty == false
    }
}
