import Aggregator
import AggregatorHTTP
import ArgumentParser
import DAP

/// `populus leader`: takes reports from clients, and walks with the Helper when the Collector asks.
struct LeaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Runs the Leader of a task.",
        discussion: ServeOptions.discussion(RouteTable.description(of: .leader)))

    @OptionGroup var options: ServeOptions

    func run() async throws {
        try await Self.reporting {
            let process = AggregatorProcess(options, role: .leader)
            let file = try process.taskFile()
            guard case .leader(let secrets) = file.secrets else { return }
            let task = try process.aggregatorTask(
                file, keys: secrets.hpkeKeys, collectorConfig: secrets.collectorHpkeConfig,
                verifyKeys: secrets.verifyKeys)
            let store = try process.store(task)
            let client = HTTPHelperPeer.makeClient()
            let peer = HTTPHelperPeer(client: client, url: file.helperURL, token: secrets.aggregatorToken)
            let leader: any LeaderService
            do {
                leader = try task.makeLeader(
                    store: store, peer: peer, settings: options.settings, logger: process.logger)
            } catch {
                throw CommandFailure(.data, "\(options.task): this task cannot be served: \(error)")
            }
            try await process.serve(
                LeaderBackend(leader), url: file.leaderURL,
                tokens: [.collector: BearerToken(secrets.collectorToken)],
                drive: { try await leader.run() })
            try? await client.shutdown()
            try? store.close()
        }
    }
}
