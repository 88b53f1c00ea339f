import Aggregator
import ArgumentParser
import DAP
import StoreSQLite

/// `populus store show`: who a store is.
struct StoreShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Checks a store, and shows what it is known by and whether it may be worked with.",
        discussion: "The server must not be running. Nothing in the store changes, but that it was opened once more.")

    @OptionGroup var options: StoreOptions

    func run() async throws {
        try await Self.reporting(as: "store show") {
            for place in try options.places() {
                do {
                    let found = try SQLiteStore.describe(
                        path: place.path, role: place.role, task: place.file.taskID,
                        configurationDigest: place.file.configuration.storeDigest)
                    StandardStream.output.write(text(found, place))
                } catch let error as StoreError {
                    throw CommandFailure(error, path: place.path)
                }
            }
        }
    }

    private func text(_ found: SQLiteStore.Description, _ place: StoreOptions.Place) -> String {
        var lines = [
            "file    \(place.path)",
            "task    \(place.file.taskID), \(place.role.fileName)",
            "store   \(found.store), opened \(counted(found.starts, "time"))",
            "other   \(found.peer.map { "\($0)" } ?? "the other aggregator has not said which store it has")",
        ]
        if found.earliestReportTime > 0 {
            lines.append("refuses reports of a time before \(Moment.text(found.earliestReportTime))")
        }
        if let conflict = found.conflict { lines.append("refused \(conflict)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
