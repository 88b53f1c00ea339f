import Aggregator
import AggregatorHost
import AggregatorServer
import DAP
import Interop

extension InteropCommand {
    /// Serves a Leader or a Helper until a signal comes.
    func serveAggregator(_ server: InteropServer) async throws(CommandFailure) {
        let folder = try InteropFolder(store)
        let resources = ProcessResources(logger: server.logger)
        let aggregator: Role = role == .leader ? .leader : .helper
        let stores = InteropStores(in: folder, role: aggregator)
        let host = TaskHost(
            role: aggregator, settings: AggregatorSettings(), resources: resources,
            additionalTokenField: DraftToken.field
        ) { task in
            try stores.open(task)
        }
        do {
            let role = TestAggregator(host: host, key: try folder.hpkeKey())
            try await server.serve(
                role, resources: ResourceHandler(registry: host.registry, logger: server.logger), further: [host])
        } catch {
            await resources.shutdown()
            stores.close(server.logger)
            folder.clear()
            throw error
        }
        await resources.shutdown()
        stores.close(server.logger)
        folder.clear()
    }
}
