import Aggregator
import AggregatorHTTP
import DAP
import Interop

extension InteropCommand {
    /// Serves a Leader or a Helper until a signal comes.
    func serveAggregator(_ server: InteropServer) async throws(CommandFailure) {
        let folder = try InteropFolder(store)
        let resources = ProcessResources(logger: server.logger)
        let aggregator: Role = role == .leader ? .leader : .helper
        let host = TaskHost(
            role: aggregator, settings: AggregatorSettings(), resources: resources,
            additionalTokenField: DraftToken.field
        ) { task in
            try folder.store(of: task, aggregator)
        }
        do {
            let role = TestAggregator(host: host, key: try folder.hpkeKey())
            try await server.serve(
                role, resources: ResourceHandler(registry: host.registry, logger: server.logger), further: [host])
        } catch {
            await resources.shutdown()
            folder.clear()
            throw error
        }
        await resources.shutdown()
        folder.clear()
    }
}
