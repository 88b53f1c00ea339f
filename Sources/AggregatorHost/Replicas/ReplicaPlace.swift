import Aggregator
import AsyncHTTPClient
import HTTPServing
import PopulusTLS

/// A process among several of its role on one store: where the others reach it, and how it reaches them.
package final class ReplicaPlace: Sendable {
    /// Where it listens for the others.
    package let listen: ListenAddress
    /// What it tells the others in place of that; port 0 stands for the port that it listens on.
    let told: ListenAddress?
    let replica: any StoreReplica
    let secret: ReplicaSecret
    /// What is shown to the others; nothing for plain HTTP.
    let tls: ServerTLS?
    private let trusted: ClientTLS?
    private let client: HTTPClient

    /// What the address begins with that a process with TLS tells the others.
    static let secureScheme = "https://"

    /// - Parameters:
    ///   - told: where the others reach it, if that is another address than the one to listen on.
    ///   - tls: what is shown to the others; nothing for plain HTTP. With it nothing is passed on without TLS either.
    ///   - trusted: which authorities are trusted in what the others show; nothing for the system's.
    /// - Throws: what the store says.
    package init(
        listen: ListenAddress, told: ListenAddress?, replica: any StoreReplica, tls: ServerTLS? = nil,
        trusted: ClientTLS? = nil
    ) async throws {
        (self.listen, self.told, self.replica) = (listen, told, replica)
        (self.tls, self.trusted) = (tls, trusted)
        secret = ReplicaSecret(try await replica.secret())
        client = HTTPReplicaLink.makeClient()
    }

    package var link: HTTPReplicaLink {
        HTTPReplicaLink(client: client, secret: secret, tls: trusted, isSecure: tls != nil)
    }

    /// The address that the others are told.
    func address(bound: BoundAddresses) -> String {
        var address = told ?? listen
        if address.port == 0 { address.port = bound.port }
        return (tls == nil ? "" : Self.secureScheme) + "\(address)"
    }

    /// Ends the client; for whoever made this, once the tasks have ended.
    package func shutdown() async {
        // It fails where requests are still on their way: those end with the process, and every one may be repeated.
        try? await client.shutdown()
    }
}
