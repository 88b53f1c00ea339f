import Aggregator
import ArgumentParser
import DAP
import Foundation

/// Which stores a command is about.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            "leader.json or helper.json: whose store it is. May be given again for further tasks of that role.",
            valueName: "file"),
        completion: .json)
    var tasks: [String]

    @Option(
        help: ArgumentHelp(
            "The SQLite file; for several tasks a folder, where each has a file of its own.", valueName: "path"),
        completion: .file())
    var store: String

    func validate() throws { try StoreLocation.validate(store) }

    /// One store: where it is, and whose.
    struct Place {
        let path: String
        let role: Role
        let file: TaskFile

        /// The first time whose reports nobody can have evaluated by now, in seconds since the Epoch: clocks may differ, and
        /// times are rounded.
        var firstUnseenTime: UInt64 {
            let unit = max(1, file.configuration.timePrecision.seconds)
            let latest = UInt64(Date().timeIntervalSince1970) + file.clockSkew
            return (latest / unit + 1) * unit
        }
    }

    /// The stores by the tasks' files.
    func places(makingFolder: Bool = false) throws(CommandFailure) -> [Place] {
        let location = try StoreLocation(store, tasks: tasks.count)
        var places: [Place] = []
        for path in tasks {
            let file: TaskFile
            do { file = try TaskFile(readingFrom: path) } catch { throw CommandFailure(error) }
            guard file.role == .leader || file.role == .helper else {
                throw CommandFailure(
                    .data, "\(path): the file of the \(file.role.fileName); a store is the Leader's or the Helper's")
            }
            places.append(Place(path: location.file(of: file.taskID, role: file.role), role: file.role, file: file))
        }
        if makingFolder { try location.makeFolder() }
        return places
    }
}
