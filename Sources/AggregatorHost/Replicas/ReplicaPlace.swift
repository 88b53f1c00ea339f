import Aggregator
import AsyncHTTPClient
import HTTPServing

/// A process among several of its role on one store: where the others reach it, and how it reaches them.
package final class ReplicaPlace: Sendable {
    /// Where it listens for the others.
    package let listen: ListenAddress
    /// What it tells the others in place of that; port 0 stands for the port that it listens on.
    let told: ListenAddress?
    let replica: any StoreReplica
    let secret: ReplicaSecret
    private let client: HTTPClient

    /// - Throws: what the store says.
    package init(listen: ListenAddress, told: ListenAddress?, replica: any StoreReplica) async throws {
        (self.listen, self.told, self.replica) = (listen, told, replica)
        secret = ReplicaSecret(try await replica.secret())
        client = HTTPReplicaLink.makeClient()
    }

    package var link: HTTPReplicaLink { HTTPReplicaLink(client: client, secret: secret) }

    /// The address that the others are told.
    func address(bound: BoundAddresses) -> String {
        var address = told ?? listen
        if address.port == 0 { address.port = bound.port }
        return "\(address)"
    }

    /// Ends the client; for whoever made this, once the tasks have ended.
    package func shutdown() async {
        // It fails where requests are still on their way: those end with the process, and every one may be repeated.
        try? await client.shutdown()
    }
}
