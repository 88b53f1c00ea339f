import Aggregator
import ArgumentParser
import PopulusDAP

/// `populus store show`: who a store is.
struct StoreShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Checks a store, and shows what it is known by and whether it may be worked with.",
        discussion: """
            No server may have the store alone meanwhile; those that share a database go on. Nothing in the store \
            changes, but that it was opened once more. Which other tasks the file or database holds is said too, and \
            which servers share it.

            A store that an earlier version of Populus wrote is shown as it is. When a server starts, it comes to this \
            version's form, and the segments of its walks are looked at.
            """)

    @OptionGroup var options: StoreOptions

    @Option(
        help: ArgumentHelp(
            "With PostgreSQL: the folder that the server has as its --cache, to see whether the database was put back.",
            valueName: "folder"),
        completion: .directory)
    var cache: String?

    func validate() throws { try StoreLocation.validate(options.store, cache: cache) }

    func run() async throws {
        try await Self.reporting(as: "store show") {
            for place in try options.places(cache: cache) {
                let found: StoreDescription
                do { found = try place.engine.describe(place) } catch { throw place.failure(error) }
                StandardStream.output.write(text(found, place))
            }
        }
    }

    private func text(_ found: StoreDescription, _ place: StoreOptions.Place) -> String {
        let store = found.store.map { "\($0)" } ?? "without a name, which it gets when it comes to this version's form"
        let isFile = place.engine.location.place == .file
        var lines = [
            "\(isFile ? "file  " : "server")  \(found.earlier?.path ?? place.name)",
            "task    \(place.task), \(place.role.name)",
            "store   \(store), opened \(counted(found.starts, "time"))",
            "other   \(found.peer.map { "\($0)" } ?? "the other aggregator has not said which store it has")",
        ]
        if let earlier = found.earlier {
            lines.append(
                "form    of version \(earlier.version): a server brings it to this version's at its next start")
        }
        if found.earliestReportTime > 0 {
            lines.append("refuses reports of a time before \(Moment.text(found.earliestReportTime))")
        }
        if let conflict = found.conflict { lines.append("refused \(conflict)") }
        if !found.others.isEmpty {
            let names = found.others.map { "\($0)" }.joined(separator: ", ")
            lines.append(
                "beside  \(counted(found.others.count, "task")) more in this \(isFile ? "file" : "database"): \(names)")
        }
        for replica in found.replicas.sorted(by: { ($0.silence, $0.address) < ($1.silence, $1.address) }) {
            let state = replica.isAlive ? "lives" : "does not live any more"
            let seconds = Int(replica.silence / .seconds(1))
            lines.append("replica \(ForeignText.escaped(replica.address)) \(state), last word \(seconds) s ago")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
