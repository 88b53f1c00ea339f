import AggregatorServer
import ArgumentParser
import PopulusDAP

/// `populus task rotate-key`: a running aggregator's key takes the place of the one before.
struct TaskRotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Has a running aggregator replace a task's HPKE key, without losing a report.",
        usage: "populus task rotate-key <task> --admin <URL> [<options>]",
        discussion: """
            The aggregator draws the new key, and nobody else ever has it. At first the key is pending: all servers on the \
            database know it, and clients are not told of it. Then it is active: clients are told of it, and of the one \
            before no more. That one is expired: it still opens what comes, as clients may keep what they were told for a day, \
            and sealed reports for weeks. --keep-keys of the server says when it is erased.

            Asked again while a key is pending, nothing is changed. It is for tasks that the aggregator's store keeps; where \
            a task comes from a file, `populus task rekey` changes that. `populus leader --rotate-keys 90d` does it by itself.
            """)

    @Argument(help: "The task's ID, as `populus task list` shows it.")
    var task: String

    @OptionGroup var options: AdminOptions

    @Option(
        help: ArgumentHelp(
            "How long the new key is known before clients are told of it, such as 10m. (default: as the server has it)",
            valueName: "time"), transform: Form.seconds)
    var pending: Seconds?

    func validate() throws { try TaskRotation.validate(task) }

    func run() async throws {
        try await Self.reporting(as: "task rotate-key") {
            let pending = pending?.value
            let details = try await options.asking { client throws(CommandFailure) in
                let known = try await TaskRotation.known(task, client)
                // What was the newest when this command was given: sent twice it draws one key.
                let request = KeyRotationRequest(replaces: known.keys?.first?.id, pendingSeconds: pending)
                return try await client.ask(
                    .post, "tasks/\(task)/keys", body: try TaskRotation.body(request), as: TaskDetails.self)
            }
            StandardStream.output.write(TaskRotation.text(details.rotationRows))
        }
    }
}

/// What both commands have in common.
enum TaskRotation {
    static func validate(_ task: String) throws {
        guard TaskID(base64URL: task) != nil else {
            throw ValidationError("give the task's ID, 43 characters as `populus task list` shows it")
        }
    }

    /// A task whose keys and tokens the store has.
    static func known(_ task: String, _ client: AdminClient) async throws(CommandFailure) -> TaskDetails {
        let details = try await client.ask(.get, "tasks/\(task)", as: TaskDetails.self)
        guard details.task.source == .store else {
            throw CommandFailure(
                .data,
                "task \(task) is served from a file, which has its keys and tokens: use `populus task rekey` on the file, or stop "
                    + "the server, start it without that --task, and have its store keep the task with `populus task add`"
            )
        }
        return details
    }

    static func body(_ request: some Encodable) throws(CommandFailure) -> [UInt8] {
        Array(try JSONText.of(request).utf8)
    }

    static func text(_ rows: [(String, String)]) -> String {
        rows.map { "\($0.0.padding(toLength: 6, withPad: " ", startingAt: 0)) \($0.1)\n" }.joined()
    }
}

extension TaskDetails {
    /// The keys and tokens of a task, in two columns.
    var rotationRows: [(String, String)] {
        (keys ?? []).map { ("key", $0.line) } + (tokens ?? []).map { ("token", $0.line) }
    }
}

extension TaskKeyEntry {
    fileprivate var line: String {
        var parts = ["\(id)", ForeignText.escaped(state)]
        if let since { parts.append("since \(Moment.text(since))") }
        if let until { parts.append("until \(Moment.text(until))") }
        return parts.joined(separator: ", ") + ", public key " + ForeignText.escaped(publicKey)
    }
}

extension TaskTokenEntry {
    fileprivate var line: String {
        var parts = [ForeignText.escaped(id), kind.rawValue, ForeignText.escaped(state)]
        if let since { parts.append("since \(Moment.text(since))") }
        if let until { parts.append("until \(Moment.text(until))") }
        if let name { parts.append(ForeignText.escaped(name)) }
        return parts.joined(separator: ", ")
    }
}
