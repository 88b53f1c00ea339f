import ArgumentParser
import PopulusTLS

/// Which authorities a command trusts.
struct AuthorityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file of certificates in PEM: the authorities that servers' certificates are signed by, in place of the \
            system's. (default: the system's)
            """, valueName: "file"),
        completion: .file())
    var ca: String?

    /// The option as it was given.
    var words: [String] { ca.map { ["--ca", $0] } ?? [] }

    /// What requests go out with; nothing for what every program of this machine trusts.
    func client() throws(CommandFailure) -> ClientTLS? {
        guard let ca else { return nil }
        do throws(TLSFileError) { return try ClientTLS(authorities: ca) } catch { throw CommandFailure(error) }
    }
}

/// Which authorities a command trusts, and which certificate it shows to servers that ask for one.
struct ConnectionOptions: ParsableArguments {
    @OptionGroup var authorities: AuthorityOptions

    @Option(
        help: ArgumentHelp(
            """
            A certificate in PEM, with its chain behind it, that is shown to a server which expects one in place of the \
            token.
            """, valueName: "file"),
        completion: .file())
    var clientCertificate: String?

    @Option(
        help: ArgumentHelp(
            "Its private key in PEM, which nobody else may read: mode 600, or 640 for a group of its own.",
            valueName: "file"),
        completion: .file())
    var clientKey: String?

    func validate() throws {
        guard (clientCertificate == nil) == (clientKey == nil) else {
            throw ValidationError("--client-certificate and --client-key go together")
        }
    }

    /// The options as they were given.
    var words: [String] {
        authorities.words + (clientCertificate.map { ["--client-certificate", $0] } ?? [])
            + (clientKey.map { ["--client-key", $0] } ?? [])
    }

    /// What requests go out with; nothing for the system's authorities, and no certificate.
    func client() throws(CommandFailure) -> ClientTLS? {
        guard let clientCertificate, let clientKey else { return try authorities.client() }
        let files = CredentialFiles(certificate: clientCertificate, key: clientKey)
        do throws(TLSFileError) { return try ClientTLS(authorities: authorities.ca, showing: files) } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    /// Why files of certificates keep a command from its work.
    init(_ error: TLSFileError) {
        self.init(error.isOfReading ? .noInput : .data, "\(error)")
    }
}
