import ArgumentParser
import HTTPServing
import PopulusTLS

/// TLS where a server listens.
struct ServeTLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Speak TLS at --listen, with this certificate in PEM and its chain behind it. Read again when it changes, and \
            at SIGHUP. (default: plain HTTP, for a proxy on this machine)
            """, valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp(
            "Its private key in PEM, which nobody else may read: mode 600, or 640 for a group of its own.",
            valueName: "file"),
        completion: .file())
    var tlsKey: String?

    @Flag(help: "Speak TLS at --admin-listen as well, with the same certificate.")
    var tlsAdmin = false

    @Flag(
        help: """
            Speak TLS at --internal-listen as well, with the same certificate, which must be valid for the address that the \
            other servers are told. All servers of the role need it; --ca says whom they trust.
            """)
    var tlsInternal = false

    @Option(
        help: ArgumentHelp(
            """
            A file of certificates in PEM: the authorities whose certificates the other party may show at --listen in \
            place of its token.
            """, valueName: "file"),
        completion: .file())
    var clientCa: String?

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        let further = [("--tls-admin", tlsAdmin), ("--tls-internal", tlsInternal), ("--client-ca", clientCa != nil)]
        guard tlsCertificate != nil || !further.contains(where: \.1) else {
            throw ValidationError("\(further.first(where: \.1)?.0 ?? "") goes with --tls-certificate and --tls-key")
        }
    }

    /// Refuses what goes with addresses that there are not.
    func validate(adminListen: ListenAddress?, internalListen: ListenAddress?) throws {
        guard !tlsAdmin || adminListen != nil else { throw ValidationError("--tls-admin goes with --admin-listen") }
        guard !tlsInternal || internalListen != nil else {
            throw ValidationError("--tls-internal goes with --internal-listen")
        }
    }

    /// Refuses expectations that nothing could meet, and authorities of whom nobody is expected.
    ///
    /// - Parameter option: the one that says who is expected.
    func validate(pinned: [PinnedOption], _ option: String) throws {
        guard pinned.isEmpty == (clientCa == nil) else {
            throw ValidationError(
                pinned.isEmpty
                    ? "--client-ca goes with \(option): an authority alone says nothing of who shows a certificate"
                    : "\(option) goes with --client-ca, the authority that has signed the certificate")
        }
    }

    var files: CredentialFiles? {
        guard let tlsCertificate, let tlsKey else { return nil }
        return CredentialFiles(certificate: tlsCertificate, key: tlsKey)
    }
}
