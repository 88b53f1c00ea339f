import AggregatorServer
import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// `populus task add`: a running aggregator takes a task up.
struct TaskAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Has a running aggregator take up a task, without a restart.",
        usage: "populus task add <file> --admin <URL> [<options>]",
        discussion: """
            The Leader gets leader.json, the Helper helper.json, each from its own operator. The task is in the aggregator's \
            store from then on, with its keys: a restart serves it again without --task, and so do other servers on the same \
            database. What others show the aggregator goes over as a digest. The file is of no more use to the server, and \
            whoever has it has the aggregator's keys: delete it, or keep it as you keep a key.

            The task's store is made with it, as `populus store create` does. A task whose store is there is taken up with \
            what it remembers, once no server has it by --task.

            A task that the server has and cannot serve now is no success: the reason is told, with exit status 75. Nor is one \
            that has ended there, with exit status 76.
            """)

    @Argument(help: "leader.json or helper.json.", completion: .json)
    var file: String

    @OptionGroup var options: AdminOptions

    func run() async throws {
        try await Self.reporting(as: "task add") {
            let registration = try read()
            let details = try await options.asking { client throws(CommandFailure) in
                try await client.ask(.post, "tasks", body: registration.encoded(), as: TaskDetails.self)
            }
            try details.checkIsServed(by: options.admin)
            StandardStream.output.write(
                "the \(details.task.role) at \(options.admin.text) serves task \(details.task.taskID)\n")
        }
    }

    private func read() throws(CommandFailure) -> TaskRegistration {
        do throws(TaskFileError) {
            let found = try TaskFile(readingFrom: file)
            guard found.role == .leader || found.role == .helper else {
                throw .wrongRole(path: file, expected: .leader, found: found.role)
            }
            return try TaskRegistration(found)
        } catch {
            guard case .wrongRole(_, _, let role) = error else { throw CommandFailure(error) }
            throw CommandFailure(
                .data, "\(file): the file of the \(role.name); an aggregator takes leader.json or helper.json")
        }
    }
}

extension TaskDetails {
    /// - Throws: why a task that is in the aggregator's store is not served there, for now or for good.
    func checkIsServed(by url: AggregatorURL) throws(CommandFailure) {
        switch task.state {
        case .active: return
        case .closing, .ended:
            throw CommandFailure(
                .refused, "task \(task.taskID) has ended at the \(task.role), \(url.text), which is for good")
        case .unserved:
            throw CommandFailure(
                .temporary,
                "the \(task.role) at \(url.text) has task \(task.taskID) and does not serve it now: "
                    + (task.reason.map { ForeignText.escaped($0) } ?? "its log says why"))
        }
    }
}

/// `populus task list`: the tasks of a running aggregator.
struct TaskListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the tasks of a running aggregator.",
        usage: "populus task list --admin <URL> [<options>]",
        discussion: """
            A line has the task's ID, its state, where it comes from, and its name. The states: active; closing, which takes \
            no further report; ended, whose work is over; unserved, whose store cannot be opened. It comes from a file that \
            was given with --task, or from the store, if it was added while a server ran.
            """)

    @OptionGroup var options: AdminOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await Self.reporting(as: "task list") {
            let list = try await options.asking { client throws(CommandFailure) in
                try await client.ask(.get, "tasks", as: TaskList.self)
            }
            if json { return StandardStream.output.write(try JSONText.of(list)) }
            guard !list.tasks.isEmpty else { return StandardStream.error.write("none\n") }
            StandardStream.output.write(list.tasks.map { $0.line + "\n" }.joined())
        }
    }
}

/// `populus task end`: no further report, or no further work.
struct TaskEndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "Ends a task at a running aggregator, for good.",
        usage: "populus task end <task> --admin <URL> [<options>]",
        discussion: """
            The aggregator takes no further report of the task: the Leader refuses uploads (task_expired), the Helper refuses \
            new walks, and reports in new aggregation jobs. What was uploaded may still be collected, and walks that run go on \
            to their end.

            With --now its work is over too: walks and collections end, reports that wait are erased, and nothing is released \
            any more. Which reports were evaluated, and what was answered, is remembered as ever.

            Neither can be taken back. Each aggregator is ended by its own operator: end the Leader first, and the Helper once \
            the Collector has what it wants.
            """)

    @Argument(help: "The task's ID, as `populus task list` shows it.")
    var task: String

    @OptionGroup var options: AdminOptions

    @Flag(help: "End walks and collections as well, and erase the reports that wait.")
    var now = false

    func validate() throws {
        guard TaskID(base64URL: task) != nil else {
            throw ValidationError("give the task's ID, 43 characters as `populus task list` shows it")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task end") {
            let details = try await options.asking { client throws(CommandFailure) in
                try await client.ask(.post, "tasks/\(task)/\(now ? "stop" : "end")", as: TaskDetails.self)
            }
            let what = now ? "its work is over" : "it takes no further report"
            StandardStream.output.write(
                "ended task \(details.task.taskID) at the \(details.task.role), \(options.admin.text): \(what)\n")
        }
    }
}
