import Aggregator
import AggregatorHost
import AggregatorServer
import Interop
import PopulusDAP
import PopulusTaskFiles

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
            let role = TestAggregator(role: aggregator, key: try folder.hpkeKey()) { file throws(InteropError) in
                try Self.add(file, to: host)
            }
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

    /// Has a task served that a test runner has made.
    private static func add(_ file: TaskFile, to host: TaskHost) throws(InteropError) {
        do {
            try host.add(file)
        } catch {
            switch error {
            case .alreadyServed: throw .refused("there is another task of this ID")
            case .wrongRole: throw .refused("role: this is a \(host.registry.role.name)")
            case .unusable(let reason): throw .refused("this task cannot be served: \(reason)")
            case .store(let reason): throw .refused("the task's store cannot be used: \(reason)")
            }
        }
    }
}
