import Aggregator
import ArgumentParser
import DAP
import Foundation
import TaskFiles

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
            """
            The SQLite file, which holds all tasks of a role; or its folder, where it is leader.sqlite or helper.sqlite.
            """, valueName: "path"),
        completion: .file())
    var store: String

    func validate() throws { try StoreLocation.validate(store) }

    /// One task's store: where it is, and whose.
    struct Place {
        let location: StoreLocation
        let role: Role
        let file: TaskFile

        /// The file that holds it.
        var path: String { location.file }
        var task: TaskID { file.taskID }

        /// The first time whose reports nobody can have evaluated by now, in seconds since the Epoch: clocks may differ, and
        /// times are rounded.
        var firstUnseenTime: UInt64 {
            let unit = max(1, file.configuration.timePrecision.seconds)
            let latest = UInt64(Date().timeIntervalSince1970) + file.clockSkew
            return (latest / unit + 1) * unit
        }

        /// A store's error, told of this task.
        func failure(_ error: any Error) -> CommandFailure { CommandFailure(opening: path, tasks: [task], error) }
    }

    /// The stores by the tasks' files.
    func places() throws(CommandFailure) -> [Place] {
        var places: [Place] = []
        for path in tasks {
            let file: TaskFile
            do { file = try TaskFile(readingFrom: path) } catch { throw CommandFailure(error) }
            guard file.role == .leader || file.role == .helper else {
                throw CommandFailure(
                    .data, "\(path): the file of the \(file.role.name); a store is the Leader's or the Helper's")
            }
            places.append(Place(location: StoreLocation(store, role: file.role), role: file.role, file: file))
        }
        return places
    }
}
