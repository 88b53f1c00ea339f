import ArgumentParser

/// `populus results`: what walks and collections found, from the file that `--results` names.
struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Lists, shows, compares and exports results that --results has kept.",
        discussion: """
            Nobody is asked for any of this. A file has results of any number of tasks; where it has several, --task says \
            which one is meant. IDs may be shortened to as many characters as tell them apart.
            """,
        subcommands: [
            ResultsListCommand.self, ResultsShowCommand.self, ResultsCompareCommand.self, ResultsExportCommand.self,
            ResultsPruneCommand.self,
        ])
}

/// `populus results list`: one line a result.
struct ResultsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what is kept, that of the latest reports last.")

    @OptionGroup var choice: ResultsChoice

    func run() async throws {
        try await Self.reporting(as: "results list") {
            let reading = try ResultsReading(choice)
            var lines: [String] = []
            for task in try reading.tasks() {
                lines.append("task \(task.id), \(task.vdaf), \(task.leader)")
                lines += try reading.heads(of: task).map(ResultsText.line)
                lines += try reading.collectionHeads(of: task).map(ResultsText.line)
            }
            try ResultsText.deliver(lines.isEmpty ? ["nothing is kept"] : lines)
        }
    }
}

/// `populus results prune`: deletes older results.
struct ResultsPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Deletes older results for good.",
        discussion: """
            Whole walks and collections go, those of each task by themselves, and what they had in the file is overwritten. \
            A task's latest result stays, however old it is. Failed walks push no result out: they go with the oldest result \
            that stays. --keep of `discover` and `collect` does the same after each run.
            """)

    @OptionGroup var choice: ResultsChoice

    @Option(
        help: ArgumentHelp(
            "What stays: results of the last 90d, or the latest 100 of each task, for example.",
            valueName: "time or number"),
        transform: KeepChoice.option)
    var keep: KeepChoice

    func run() async throws {
        try await Self.reporting(as: "results prune") {
            let reading = try ResultsReading(choice, for: .pruning)
            let deleted = try reading.prune(keep.retention)
            try ResultsText.deliver([
                "deleted \(counted(deleted.walks, "walk")) and \(counted(deleted.collections, "collection"))"
            ])
        }
    }
}
