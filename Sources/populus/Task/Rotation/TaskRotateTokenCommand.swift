import AggregatorServer
import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// `populus task rotate-token`: a token takes the place of the one before, and both are valid meanwhile.
struct TaskRotateTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-token",
        abstract: "Has a running aggregator replace a token of a task, without refusing anybody.",
        usage: "populus task rotate-token <task> <kind> --admin <URL> [<options>]",
        discussion: """
            A new token is valid beside the older ones until these are removed, or for as long as --others-for says. \
            Aggregators have digests of what others show them, and the Leader alone what it shows the Helper.

            collector: draws a token for the Collector, and tells the Leader its digest. With --write collector.json the file \
            gets the new one; else it goes to standard output. Then remove the older one, with --remove.

            upload: the same for clients; ship the new one to them before the older one is removed.

            leader: what the Leader shows the Helper. With --helper-admin both aggregators are asked, in the right order: the \
            Leader draws, the Helper accepts, the Leader shows, the Helper removes the older ones. Two operators take the same \
            steps: without further options the Leader draws one and its digest is printed; the Helper's operator gives that to \
            --accept; then the Leader's to --show; then the Helper's operator removes the older one.

            Each step may be taken again: what is done already changes nothing.
            """)

    @Argument(help: "The task's ID, as `populus task list` shows it.")
    var task: String

    @Argument(help: "Which token: collector, leader or upload.")
    var kind: TokenRequest.Kind

    @OptionGroup var options: AdminOptions

    @Option(help: ArgumentHelp("What the new token is for, for people.", valueName: "text"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "How long the older ones are valid beside the new one, such as 7d. (default: until they are removed)",
            valueName: "time"), transform: Form.seconds)
    var othersFor: Seconds?

    @Option(
        help: ArgumentHelp(
            "collector: the file that gets the new token, in place of standard output.", valueName: "collector.json"),
        completion: .json)
    var write: String?

    @Option(
        help: ArgumentHelp(
            "Remove this token instead: the ID that is shown of it. May be given again.", valueName: "ID"))
    var remove: [String] = []

    @Flag(help: "upload: remove the last one too, so that anybody may upload.")
    var open = false

    @Option(help: ArgumentHelp("leader, at the Helper: accept the token with this SHA-256 too.", valueName: "digest"))
    var accept: String?

    @Option(
        help: ArgumentHelp("leader, at the Leader: show the token with this SHA-256 from now on.", valueName: "digest"))
    var show: String?

    @Option(
        help: ArgumentHelp(
            "leader: the Helper's own address, to take all steps at once.", valueName: "URL"), transform: Form.baseURL)
    var helperAdmin: AggregatorURL?

    @Option(help: ArgumentHelp("The file with an admin token of the Helper.", valueName: "file"), completion: .file())
    var helperTokenFile: String?

    func validate() throws {
        try TaskRotation.validate(task)
        guard (helperAdmin == nil) == (helperTokenFile == nil) else {
            throw ValidationError("--helper-admin and --helper-token-file go together")
        }
        let steps = [!remove.isEmpty, accept != nil, show != nil, helperAdmin != nil].count { $0 }
        guard steps <= 1 else {
            throw ValidationError(
                "--remove, --accept, --show and --helper-admin are steps of their own: give one of them")
        }
        guard kind == .leader || (accept == nil && show == nil && helperAdmin == nil) else {
            throw ValidationError("--accept, --show and --helper-admin are for the kind leader")
        }
        guard write == nil || (kind == .collector && steps == 0) else {
            throw ValidationError("--write is for a new token of the Collector")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task rotate-token") {
            let details = try await options.asking { client throws(CommandFailure) in
                _ = try await TaskRotation.known(task, client)
                return try await step(client)
            }
            StandardStream.error.write(TaskRotation.text(details.rotationRows))
        }
    }

    private func step(_ client: AdminClient) async throws(CommandFailure) -> TaskDetails {
        if !remove.isEmpty {
            var request = TokenRequest(.remove, kind)
            (request.ids, request.open) = (remove, open ? true : nil)
            return try await ask(client, request)
        }
        guard kind == .leader else { return try await drawn(client) }
        if let helperAdmin, let helperTokenFile { return try await both(client, helperAdmin, helperTokenFile) }
        if let accept { return try await ask(client, accepting(accept)) }
        if let show { return try await ask(client, showing(show)) }
        let details = try await ask(client, TokenRequest(.draw, .leader))
        StandardStream.output.write("\(try waiting(in: details))\n")
        return details
    }

    // MARK: What is drawn here

    /// A token for the Collector or for clients, which the Leader gets a digest of.
    ///
    /// The Leader accepts it before it is handed out: whoever has it is let in.
    private func drawn(_ client: AdminClient) async throws(CommandFailure) -> TaskDetails {
        // Before anything is changed.
        let file = try collectorFile()
        let drawn = TaskFile.UploadToken.draw()
        let details = try await ask(client, accepting(Base64URL.encode(drawn.kept.digest)))
        if let write, let file {
            do throws(TaskFileError) {
                try file.with(collectorToken: drawn.token)?.write(to: write, replacing: true)
            } catch { throw CommandFailure(error) }
            StandardStream.output.write("\(write) has the new token \(drawn.kept.id)\n")
        } else {
            do { try StandardStream.output.deliver(Array((drawn.token + "\n").utf8)) } catch {
                throw CommandFailure(.system, "the new token \(drawn.kept.id) is lost, remove it: \(error)")
            }
        }
        return details
    }

    private func collectorFile() throws(CommandFailure) -> TaskFile? {
        guard let write else { return nil }
        let file: TaskFile
        do throws(TaskFileError) { file = try TaskFile(readingFrom: write, as: .collector) } catch {
            throw CommandFailure(error)
        }
        guard "\(file.taskID)" == task else {
            throw CommandFailure(.data, "\(write): it is of another task, \(file.taskID)")
        }
        return file
    }

    // MARK: What the Leader shows the Helper

    private func both(
        _ leader: AdminClient, _ address: AggregatorURL, _ tokenFile: String
    ) async throws(CommandFailure) -> TaskDetails {
        let helper = try AdminClient(address, tokenFile: tokenFile, tls: try options.authorities.client())
        return try await helper.used { helper throws(CommandFailure) in try await steps(leader, helper) }
    }

    /// In the order in which nobody is refused: whichever step is the last one that was taken, the next run goes on.
    private func steps(_ leader: AdminClient, _ helper: AdminClient) async throws(CommandFailure) -> TaskDetails {
        let digest = try waiting(in: try await ask(leader, TokenRequest(.draw, .leader)))
        let known = try await ask(helper, accepting(digest))
        let details = try await ask(leader, showing(digest))
        let older = (known.tokens ?? []).filter { $0.kind == .leader && $0.digest != digest }.map(\.id)
        guard othersFor == nil, !older.isEmpty else { return details }
        var removal = TokenRequest(.remove, .leader)
        removal.ids = older
        _ = try await ask(helper, removal)
        return details
    }

    /// The digest of the token that the Leader has drawn.
    private func waiting(in details: TaskDetails) throws(CommandFailure) -> String {
        guard let token = details.tokens?.first(where: { $0.kind == .leader && $0.state == "waiting" }) else {
            throw CommandFailure(.software, "the Leader does not say which token it has drawn")
        }
        return token.digest
    }

    // MARK: Requests

    private func accepting(_ digest: String) -> TokenRequest {
        var request = TokenRequest(.accept, kind)
        (request.digest, request.name, request.othersFor) = (digest, name, othersFor?.value)
        return request
    }

    private func showing(_ digest: String) -> TokenRequest {
        var request = TokenRequest(.show, kind)
        request.digest = digest
        return request
    }

    private func ask(_ client: AdminClient, _ request: TokenRequest) async throws(CommandFailure) -> TaskDetails {
        try await client.ask(
            .post, "tasks/\(task)/tokens", body: try TaskRotation.body(request), as: TaskDetails.self)
    }
}

extension TokenRequest.Kind: ExpressibleByArgument {}
