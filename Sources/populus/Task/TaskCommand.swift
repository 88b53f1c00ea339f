import ArgumentParser

/// `populus task`: the files that a task's four roles work with, and the tasks of running aggregators.
struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: """
            Plans, makes and shows tasks, adds them to aggregators and ends them, replaces their keys and tokens, and says who \
            may upload.
            """,
        subcommands: [
            TaskPlanCommand.self, TaskNewCommand.self, TaskShowCommand.self, TaskAddCommand.self, TaskListCommand.self,
            TaskEndCommand.self, TaskRotateKeyCommand.self, TaskRotateTokenCommand.self, TaskRekeyCommand.self,
            TaskTokensCommand.self,
        ])
}
