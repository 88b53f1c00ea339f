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

    @OptionGroup var authorities: AuthorityOptions

    @Option(
        help: ArgumentHelp(
            """
            Whose certificate the Leader must show, in place of its token: a host's name that it has, or sha256: and the \
            digest of its public key. TASK= before it says of which task; otherwise it is for all. May be given again: each \
            will do. Goes with --client-ca. (default: the Leader shows its token)
            """, valueName: "[task=]peer"),
        transform: PinnedOption.read)
    var leaderCertificate: [PinnedOption] = []

    @Flag(
        help: """
            Answer aggregation jobs and aggregate shares of tasks without walks later: the Leader polls for them.
            """)
    var asynchronous = false

    func validate() throws {
        try options.tls.validate(pinned: leaderCertificate, "--leader-certificate")
    }

    func run() async throws {
        try await Self.reporting {
            var settings = AggregatorSettings()
            settings.answersLater = asynchronous
            let process = AggregatorProcess(
                options, role: .helper, authorities: authorities, pinned: leaderCertificate)
            try await process.runTellingEnd(settings)
        }
    }
}
