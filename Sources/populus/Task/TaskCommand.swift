import ArgumentParser

/// `populus task`: the files that a task's four roles work with, and the tasks of running aggregators.
struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Plans a task, makes one, shows one, adds one to an aggregator or ends it, gives one a new key, or says who may upload.",
        subcommands: [
            TaskPlanCommand.self, TaskNewCommand.self, TaskShowCommand.self, TaskAddCommand.self, TaskListCommand.self,
            TaskEndCommand.self, TaskRekeyCommand.self, TaskTokensCommand.self,
        ])
}
