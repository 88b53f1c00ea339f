import Aggregator
import AggregatorServer
import ArgumentParser
import PopulusDAP

/// `populus helper`: answers the Leader, and checks on its own what the Leader could get wrong.
struct HelperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "helper",
        abstract: "Runs the Helper of one or more tasks.",
        usage: """
            populus helper --listen <address> --store <path> --task <file> ...
                [<options>]
            populus helper --listen <address> --store <path>
                --admin-listen <address> --admin-tokens <file> [<options>]
            """,
        discussion: ServeOptions.discussion(RouteTable.description(of: .helper)))

    @OptionGroup var options: ServeOptions

    @Flag(
        help: """
            Answer aggregation jobs and aggregate shares of tasks without walks later: the Leader polls for them.
            """)
    var asynchronous = false

    func run() async throws {
        try await Self.reporting {
            var settings = AggregatorSettings()
            settings.answersLater = asynchronous
            try await AggregatorProcess(options, role: .helper).runTellingEnd(settings)
        }
    }
}
