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

    @OptionGroup var connection: ConnectionOptions

    @Option(
        help: ArgumentHelp(
            """
            Whose certificate the Collector must show, in place of its token: a host's name that it has, or sha256: and the \
            digest of its public key. TASK= before it says of which task; otherwise it is for all. May be given again: each \
            will do. Goes with --client-ca. (default: the Collector shows its token)
            """, valueName: "[task=]peer"),
        transform: PinnedOption.read)
    var collectorCertificate: [PinnedOption] = []

    func validate() throws {
        try options.tls.validate(pinned: collectorCertificate, "--collector-certificate")
    }

    func run() async throws {
        try await Self.reporting {
            let process = AggregatorProcess(
                options, role: .leader, authorities: connection.authorities, connection: connection,
                pinned: collectorCertificate)
            try await process.runTellingEnd(AggregatorSettings())
        }
    }
}
