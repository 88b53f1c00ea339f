import AggregatorHost
import Logging
import PopulusTLS

/// What a server's process shows and trusts, at each of its addresses and in its own requests.
struct ProcessTLS {
    /// At the address of the resources.
    let listen: ServerTLS?
    /// At the operator's own address, and at that for other servers of the role: nobody shows a certificate there.
    private let own: ServerTLS?
    /// In requests to the other aggregator.
    let client: ClientTLS?
    /// In requests to other servers of the role.
    let replicas: ClientTLS?
    private let options: ServeTLSOptions

    /// - Parameters:
    ///   - client: for requests to the other aggregator.
    ///   - authorities: whom to trust in requests to other servers of the role.
    init(
        _ options: ServeTLSOptions, client: ClientTLS?, _ authorities: AuthorityOptions
    ) throws(CommandFailure) {
        (self.options, self.client) = (options, client)
        replicas = options.tlsInternal ? try authorities.client() : nil
        guard let files = options.files else {
            (listen, own) = (nil, nil)
            return
        }
        do throws(TLSFileError) {
            listen = try ServerTLS(files, clientAuthorities: options.clientCa)
            own = options.tlsAdmin || options.tlsInternal ? try ServerTLS(files) : nil
        } catch {
            throw CommandFailure(error)
        }
    }

    var admin: ServerTLS? { options.tlsAdmin ? own : nil }
    var internalListen: ServerTLS? { options.tlsInternal ? own : nil }

    /// All that is read again when its files change.
    var watched: [WatchedTLS] {
        let all: [(String, (any ReloadableTLS)?)] = [
            ("--listen", listen), ("the operator's and other servers' address", own), ("requests", client),
            ("requests to other servers", replicas),
        ]
        return all.compactMap { name, tls in tls.map { WatchedTLS(name, $0) } }
    }

    /// What the log's first line says of it.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let listen { metadata["certificate"] = "\(listen.facts)" }
        if let facts = client?.facts { metadata["client_certificate"] = "\(facts)" }
        return metadata
    }
}
