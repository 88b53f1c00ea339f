import ArgumentParser
import Dashboard
import Foundation
import HTTPServing
import Logging
import Results

/// `populus dashboard`: pages for the analyst.
struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Shows kept results in a browser, and starts discoveries there.",
        usage: "populus dashboard --results <file> [--task <file> …] [<options>]",
        discussion: """
            Serves pages with what --results of `discover` and `collect` has kept: tasks, walks, what changed, and files to \
            download. With a task's collector.json a discovery can be started there and watched. Its result is kept as \
            `populus discover` keeps it.

            Whoever opens a page logs in with a token. Each start makes another, which is written to a file for its owner \
            only, and to standard output where that is a terminal.

            It speaks plain HTTP, for this machine alone unless --listen says otherwise. For others put a server that \
            speaks TLS before it, and name it with --origin.

            SIGTERM and SIGINT end it. A walk that is under way stops where it can go on.
            """)

    @Option(
        help: ArgumentHelp(
            "The file of results to show. With --task it is made where it is not there.", valueName: "file"),
        completion: .file())
    var results: String

    @Option(
        help: ArgumentHelp(
            """
            A task's collector.json: discoveries of it can be started. May be given again for further tasks. (default: \
            results are shown, and nothing is started)
            """, valueName: "file"),
        completion: .json)
    var task: [String] = []

    @Option(
        help: ArgumentHelp(
            "Address and port to listen on. Port 0 takes a free one; the ready line names it. (default: 127.0.0.1:9003)",
            valueName: "address"),
        transform: ListenAddress.init(argument:))
    var listen = ListenAddress(host: "127.0.0.1", port: 9003)

    @Option(
        help: ArgumentHelp(
            """
            How browsers reach a server that stands before this one, such as https://analysis.example. May be given again \
            for further ones. (default: none)
            """, valueName: "origin"),
        transform: Self.readOrigin)
    var origin: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to write the token. (default: the file of results with .token behind its name)", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("The least severe messages that are written to standard error.", valueName: "level"))
    var logLevel: Logger.Level = .notice

    private static let readOrigin: @Sendable (String) throws -> String = { text in
        guard SameSite.isOrigin(text) else {
            throw ValidationError("give a scheme and a host, such as https://analysis.example; no path")
        }
        return text
    }

    func run() async throws {
        try await Self.reporting {
            EscapingLogHandler.bootstrap(level: logLevel)
            let logger = Logger(label: "populus.dashboard")
            signal(SIGPIPE, SIG_IGN)
            signal(SIGHUP, SIG_IGN)
            if !listen.isOfThisMachine, !origin.contains(where: { $0.lowercased().hasPrefix("https://") }) {
                logger.warning(
                    "results travel in the clear to whoever reaches \(listen): put a server that speaks TLS before it")
            }
            let walks = try DashboardWalks.all(task, results: results, connection)
            // Read once more for each walk, since they may be renewed.
            _ = try connection.client()
            let reader = try reader()
            let token = try DashboardToken(at: tokenFile ?? results + ".token", results: results)
            try await serve(reader, walks, token, logger)
        }
    }

    private func reader() throws(CommandFailure) -> ResultsReader {
        do throws(ResultsError) {
            // A walk that is started here needs the file before its batch is spent.
            if !task.isEmpty { try ResultsStore(path: results, for: .recording).close() }
            return try ResultsReader(path: results)
        } catch {
            throw CommandFailure(error, results)
        }
    }

    private func serve(
        _ reader: ResultsReader, _ walks: [DashboardWalks], _ token: DashboardToken, _ logger: Logger
    ) async throws(CommandFailure) {
        defer { withExtendedLifetime(token) {} }
        do {
            let server = try DashboardServer(
                results: reader, token: token.secret, starters: walks,
                place: .init(listen: listen, origins: origin), logger: logger)
            try await server.run { bound in
                StandardStream.output.write("populus dashboard ready on \(bound.urls()) (token in \(token.path))\n")
                if isatty(1) == 1 { StandardStream.output.write("token: \(token.secret.text)\n") }
            }
        } catch let error as ListenError {
            let code: CommandFailure.Code = if case .notPermitted = error { .permission } else { .system }
            throw CommandFailure(code, "--listen: \(error)")
        } catch is CancellationError {
            logger.notice("ended with requests in flight")
        } catch {
            throw CommandFailure(.software, "ended by an error: \(error)")
        }
    }
}
