import Aggregator
import AggregatorHTTP
import ArgumentParser
import DAP

/// `populus helper`: answers the Leader, and checks on its own what the Leader could get wrong.
struct HelperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helper",
        abstract: "Runs the Helper of a task.",
        discussion: ServeOptions.discussion(RouteTable.description(of: .helper)))

    @OptionGroup var options: ServeOptions

    func run() async throws {
        try await Self.reporting {
            let process = AggregatorProcess(options, role: .helper)
            let file = try process.taskFile()
            guard case .helper(let secrets) = file.secrets else { return }
            let task = try process.aggregatorTask(
                file, keys: secrets.hpkeKeys, collectorConfig: secrets.collectorHpkeConfig,
                verifyKeys: secrets.verifyKeys)
            let store = try process.store(task)
            let helper: any HelperService
            do {
                helper = try task.makeHelper(store: store, settings: options.settings, logger: process.logger)
            } catch {
                throw CommandFailure(.data, "\(options.task): this task cannot be served: \(error)")
            }
            try await process.serve(
                HelperBackend(helper), url: file.helperURL,
                tokens: [.leader: BearerToken(secrets.aggregatorToken)],
                drive: { try await helper.run() })
            try? store.close()
        }
    }
}
