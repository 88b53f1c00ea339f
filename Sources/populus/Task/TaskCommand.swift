import ArgumentParser

/// `populus task`: the files that a task's four roles work with.
struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Makes a task, or shows one.",
        subcommands: [TaskNewCommand.self, TaskShowCommand.self])
}
