import ArgumentParser

/// `populus task`: the files that a task's four roles work with.
struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Plans a task, makes one, shows one, gives an aggregator a new key, or says who may upload.",
        subcommands: [
            TaskPlanCommand.self, TaskNewCommand.self, TaskShowCommand.self, TaskRekeyCommand.self,
            TaskTokensCommand.self,
        ])
}
