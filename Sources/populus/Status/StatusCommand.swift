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

            The last line says why there is no result yet, with ages and numbers: who is away, which step is at work, \
            how many reports are missing, or that the walk waits for its Collector.

            With --admin an aggregator's operator asks the server at its own address (--admin-listen) how its tasks are: \
            all of them, or the one of --task.

            Exit codes: 0 all is well, or at work; 1 a walk has waited for its Collector for a minute; 75 an aggregator \
            is away or fails, or a collection has too few reports so far (try again later); 76 one refuses, or the Helper \
            refuses the Leader: another token, no such task, a store that is not the one that it was. Of several tasks it \
            is the gravest.
            """)

    @Option(help: ArgumentHelp("Any role's file of the task.", valueName: "file"), completion: .json)
    var task: String?

    @Option(
        help: ArgumentHelp(
            "The operator's own address of a server, such as http://127.0.0.1:9101, instead of the aggregators' own.",
            valueName: "url"),
        transform: Form.baseURL)
    var admin: AggregatorURL?

    @Option(
        help: ArgumentHelp(
            "With --admin: the file with an admin token alone, where that server was started with --admin-tokens.",
            valueName: "file"),
        completion: .file())
    var adminTokenFile: String?

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print one JSON object for each task.")
    var json = false

    func validate() throws {
        guard adminTokenFile == nil || admin != nil else {
            throw ValidationError("--admin-token-file goes with --admin, the address of the server that has the token")
        }
        guard task == nil, admin == nil else { return }
        throw ValidationError("give --task, a role's file of the task, or --admin, an aggregator's own address")
    }

    func run() async throws {
        try await Self.reporting {
            var file: TaskFile?
            if let task {
                do throws(TaskFileError) { file = try TaskFile(readingFrom: task) } catch {
                    throw CommandFailure(error)
                }
            }
            let reports = try await self.reports(of: file)
            let texts = reports.map { json ? $0.json : $0.text(columns: Terminal.columns) }
            StandardStream.output.write(texts.joined(separator: json ? "" : "\n"))
            // The gravest: those of others are greater numbers.
            if let code = reports.compactMap(\.code).max(by: { $0.rawValue < $1.rawValue }) {
                throw ExitCode(code.rawValue)
            }
        }
    }

    private func reports(of file: TaskFile?) async throws(CommandFailure) -> [StatusReport] {
        let (tls, patience) = (try connection.client(), DAPRequester.Patience(first: 1.5, later: 1.5))
        if let admin {
            return try await AdminClient(admin, tokenFile: adminTokenFile, tls: tls, patience: patience)
                .used { client throws(CommandFailure) in try await Self.reports(of: file?.taskID, client) }
        }
        guard let file else { return [] }
        let requester = DAPRequester(patience: patience, timeoutSeconds: 10, tls: tls)
        let report = await Self.report(of: file, requester)
        await requester.shutdown()
        return [report]
    }

    private static var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }

    /// What a server tells its operator.
    ///
    /// - Parameter task: the only one that is asked for, if so.
    private static func reports(
        of task: TaskID?, _ server: AdminClient
    ) async throws(CommandFailure) -> [StatusReport] {
        let address = server.url.text
        let answer: [UInt8]
        do throws(CommandFailure) { answer = try await server.bytes(.get, "status") } catch {
            // Who is away is what is asked here: an aggregator that is may come back.
            throw error.code == .unavailable ? CommandFailure(.temporary, "--admin: \(error.message)") : error
        }
        guard let process = ProcessStatus(decoding: answer) else {
            throw CommandFailure(
                .software, "--admin: \(address) does not answer as a server's --admin-listen does: check the address")
        }
        let wanted = process.tasks.filter { task == nil || $0.task == task }
        if let task, wanted.isEmpty { throw CommandFailure(.refused, "the server at \(address) has no task \(task)") }
        return wanted.map { status in
            StatusReport(
                role: "operator", task: status.task,
                looks: [AggregatorLook(status, at: address, notReady: process.notReady)], now: now)
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
        return StatusReport(role: file.role.name, task: file.taskID, looks: looks, now: now)
    }
}
