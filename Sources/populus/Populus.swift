import ArgumentParser
import Foundation
import PopulusKernels

@main
struct Populus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Discovers popular strings, and counts, adds and makes histograms, without seeing anyone's.",
        discussion: """
            Two aggregators that do not collude, the Leader and the Helper, hold secret shares of the reports of many \
            clients. The Collector learns the strings that at least a threshold of them hold (discover), or what their \
            measurements add up to (collect).

            Exit codes: 0 success, 1 not everything could be done, 64 wrong usage, 65 a file of the wrong kind, 66 a \
            missing file, 69 the other side cannot be reached, 71 the port is taken, 73 a file cannot be created, 74 \
            the disk is full or failed, 75 try again later, 76 the other side refuses, 77 permission denied.
            """,
        version: Version.full,
        subcommands: [
            TaskCommand.self, TaskprovCommand.self, StoreCommand.self, LeaderCommand.self, HelperCommand.self,
            UploadCommand.self,
            AdminCommand.self, DiscoverCommand.self, CollectCommand.self, ResultsCommand.self, DashboardCommand.self,
            StatusCommand.self, VectorsCommand.self, InteropCommand.self,
        ])

    /// Chooses the kernels' path first, so that a wrong `POPULUS_CPU` ends every command at once.
    static func main() async {
        StandardStream.prepare()
        _ = ProcessorPath.current
        do {
            var command = try await asyncParseAsRoot()
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Ends as `exit(withError:)` does, with every message escaped: it may quote an argument, and who knows what a script
    /// read that from.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        // Help, version and completions are our own words.
        guard !code.isSuccess else { exit(withError: error) }
        let message = fullMessage(for: error)
        if !message.isEmpty { StandardStream.error.write(message + "\n") }
        Foundation.exit(code.rawValue)
    }
}
