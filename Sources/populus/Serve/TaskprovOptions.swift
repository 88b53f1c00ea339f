import ArgumentParser
import Logging
import PopulusDAP
import PopulusTaskFiles

/// Tasks that come while a server runs: by requests, and how many there may be.
struct TaskprovOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Take up tasks that requests bring (the field DAP-Taskprov), by what this file says, as `populus taskprov new` made \
            it: with which aggregators, and which tasks. (default: none, and the field is ignored)
            """, valueName: "file"),
        completion: .json)
    var taskprov: String?

    @Option(
        help: ArgumentHelp(
            """
            The most tasks that the store may hold, those that have ended among them: more are not taken up, whoever brings \
            or adds them.
            """, valueName: "number"),
        transform: Form.number("--max-tasks", 1...1_000_000, such: 1000))
    var maxTasks = 10_000

    /// The role's file, where there is one.
    func file(for role: Role, _ logger: Logger) throws(CommandFailure) -> TaskprovFile? {
        guard let taskprov else { return nil }
        let file: TaskprovFile
        do throws(TaskFileError) { file = try TaskprovFile(readingFrom: taskprov, as: role) } catch {
            throw CommandFailure(error)
        }
        if TaskFile.isExposed(taskprov) {
            logger.warning("others can read \(taskprov): chmod 600 \(ShellWord.quoted(taskprov))")
        }
        if role == .leader, file.peers.contains(where: \.uploadTokens.isEmpty) {
            logger.notice("whoever reaches this Leader may bring tasks, as \(taskprov) has no upload tokens")
        }
        return file
    }
}
