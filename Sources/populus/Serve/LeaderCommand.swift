import Aggregator
import AggregatorServer
import ArgumentParser
import PopulusDAP

/// `populus leader`: takes reports from clients, and walks with the Helper when the Collector asks.
struct LeaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Runs the Leader of one or more tasks.",
        usage: """
            populus leader --listen <address> --store <path> --task <file> ...
                [<options>]
            populus leader --listen <address> --store <path>
                --admin-listen <address> --admin-tokens <file> [<options>]
            """,
        discussion: ServeOptions.discussion(RouteTable.description(of: .leader)))

    @OptionGroup var options: ServeOptions

    func run() async throws {
        try await Self.reporting {
            try await AggregatorProcess(options, role: .leader).runTellingEnd(AggregatorSettings())
        }
    }
}
