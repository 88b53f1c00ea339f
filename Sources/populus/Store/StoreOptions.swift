import Aggregator
import ArgumentParser
import Foundation
import PopulusDAP
import PopulusTaskFiles

/// Which stores a command is about.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            "leader.json or helper.json: whose store it is. May be given again for further tasks of that role.",
            valueName: "file"),
        completion: .json)
    var tasks: [String]

    /// What a store's place may be.
    static let storeHelp = ArgumentHelp(
        """
        The SQLite file, which holds all tasks of a role; or its folder, where it is leader.sqlite or helper.sqlite. \
        Or a PostgreSQL database: postgresql://user@host/database without a password, or service=NAME, an entry of \
        libpq's service file.
        """, valueName: "path")

    @Option(help: storeHelp, completion: .file())
    var store: String

    func validate() throws { try StoreLocation.validate(store) }

    /// One task's store: where it is, and whose.
    struct Place {
        let engine: any StoreEngine
        let role: Role
        let file: TaskFile

        /// What holds it, for messages.
        var name: String { engine.location.name }
        var task: TaskID { file.taskID }

        /// The first time whose reports nobody can have evaluated by now, in seconds since the Epoch: clocks may differ, and
        /// times are rounded.
        var firstUnseenTime: UInt64 {
            Self.firstUnseenTime(file.configuration.timePrecision, clockSkew: file.clockSkew)
        }

        /// The same of a task with this precision and skew.
        static func firstUnseenTime(_ precision: TimePrecision, clockSkew: UInt64) -> UInt64 {
            let unit = max(1, precision.seconds)
            let latest = UInt64(Date().timeIntervalSince1970) + clockSkew
            return (latest / unit + 1) * unit
        }

        /// A store's error, told of this task.
        func failure(_ error: any Error) -> CommandFailure {
            CommandFailure(opening: engine.location, tasks: [task], error)
        }
    }

    /// The stores by the tasks' files.
    ///
    /// - Parameter cache: the server's `--cache`, for a command that looks at it.
    func places(cache: String? = nil) throws(CommandFailure) -> [Place] {
        try Self.places(of: tasks, in: store, cache: cache)
    }

    /// The stores of some tasks' files.
    static func places(
        of tasks: [String], in store: String, cache: String? = nil
    ) throws(CommandFailure) -> [Place] {
        var places: [Place] = []
        for path in tasks {
            let file: TaskFile
            do { file = try TaskFile(readingFrom: path) } catch { throw CommandFailure(error) }
            guard file.role == .leader || file.role == .helper else {
                throw CommandFailure(
                    .data, "\(path): the file of the \(file.role.name); a store is the Leader's or the Helper's")
            }
            let engine = try StoreLocation(store, role: file.role).engine(cache: cache)
            places.append(Place(engine: engine, role: file.role, file: file))
        }
        return places
    }
}
