import Aggregator
import AsyncHTTPClient
import Logging

/// What a process has once to serve its tasks: the machine that all of them share, and the client through which Leaders
/// reach their Helpers.
package final class ProcessResources: Sendable {
    package let machine: Machine
    let client: HTTPClient

    package init(_ settings: MachineSettings = MachineSettings(), logger: Logger) {
        machine = Machine(settings, logger: logger)
        client = HTTPHelperPeer.makeClient()
    }

    /// Ends the client; for whoever made the resources, once the tasks have ended.
    package func shutdown() async {
        // It fails where requests are still on their way: those end with the process, and every one may be repeated.
        try? await client.shutdown()
    }
}
