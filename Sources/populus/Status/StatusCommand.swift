import ArgumentParser
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles

/// `populus status`: how a task is, for whoever has a file of it.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says how a task is: whether its aggregators are there, and what waits.",
        usage: "populus status --task <file> [<options>]",
        discussion: """
            Any role's file will do. Each role learns what it may know:

            The Collector and the Leader's operator learn how many reports wait (rounded down, counted once a minute), \
            how old the oldest is, how far a walk is, and how the Leader finds its Helper. The Helper's operator \
            learns how far a walk is, and when the Leader was last heard of. A client learns whether both aggregators \
            are there and serve the task.

            Exit codes: 0 all is well, 75 an aggregator is away or fails (try again later), 76 one refuses: another \
            token, no such task, a store that is not the one that it was.
            """)

    @Option(help: ArgumentHelp("Any role's file of the task.", valueName: "file"), completion: .json)
    var task: String

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await Self.reporting {
            let file: TaskFile
            do throws(TaskFileError) { file = try TaskFile(readingFrom: task) } catch { throw CommandFailure(error) }
            let requester = DAPRequester(
                patience: .init(first: 1.5, later: 1.5), timeoutSeconds: 10, tls: try connection.client())
            let report = await Self.report(of: file, requester)
            await requester.shutdown()
            StandardStream.output.write(json ? report.json : report.text(columns: Terminal.columns))
            if let code = report.code { throw ExitCode(code.rawValue) }
        }
    }

    private static func report(of file: TaskFile, _ requester: DAPRequester) async -> StatusReport {
        let asked: [(Role, String?)] =
            switch file.secrets {
            case .client: [(.leader, nil), (.helper, nil)]
            case .leader(let own): [(.leader, own.collectorToken), (.helper, own.aggregatorToken)]
            case .helper(let own): [(.leader, nil), (.helper, own.aggregatorToken)]
            case .collector(let own): [(.leader, own.collectorToken)]
            }
        var looks: [AggregatorLook] = []
        for (role, token) in asked {
            looks.append(await AggregatorLook(at: role, of: file, token: token, requester))
        }
        return StatusReport(
            role: file.role.name, task: file.taskID, looks: looks, now: UInt64(max(0, Date().timeIntervalSince1970))
        )
    }
}
