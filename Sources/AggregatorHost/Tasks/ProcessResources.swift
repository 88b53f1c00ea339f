import Aggregator
import AsyncHTTPClient
import Logging
import PopulusTLS

/// What a process has once to serve its tasks: the machine that all of them share, and the client through which Leaders
/// reach their Helpers.
package final class ProcessResources: Sendable {
    package let machine: Machine
    let client: HTTPClient
    /// Which authorities Leaders trust in what Helpers show, and what they show themselves; nothing for the system's, and
    /// none.
    let tls: ClientTLS?

    package init(_ settings: MachineSettings = MachineSettings(), tls: ClientTLS? = nil, logger: Logger) {
        self.tls = tls
        machine = Machine(settings, logger: logger)
        client = HTTPHelperPeer.makeClient()
    }

    /// Ends the client; for whoever made the resources, once the tasks have ended.
    package func shutdown() async {
        // It fails where requests are still on their way: those end with the process, and every one may be repeated.
        try? await client.shutdown()
    }
}
