import Aggregator
import Foundation
import Logging
import PopulusDAP
import StoreSQLite

/// The stores of a role in a SQLite file.
struct SQLiteStore: StoreEngine {
    let file: StoreFile

    var location: StoreLocation { .file(file) }
    var spillDirectory: String? { file.spillDirectory }

    func open(
        role: Role, holding tasks: [TaskID], logger: Logger, onOutage: @escaping OutageObserver
    ) throws -> any ServedDatastore {
        try SQLiteDatastore(path: file.path, role: role, holding: tasks, onOutage: onOutage)
    }

    func create(
        _ place: StoreOptions.Place, earliestReportTime: UInt64
    ) throws -> (name: String, isFirst: Bool) {
        try file.makeFolder()
        let made = try SQLiteDatastore.create(
            path: file.path, role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest, earliestReportTime: earliestReportTime)
        return (name(of: made.path), made.isNew)
    }

    func create(role: Role) throws -> String {
        try file.makeFolder()
        return name(of: try SQLiteDatastore.create(path: file.path, role: role))
    }

    /// What a link that was given leads to is said: there the log and the folders lie.
    private func name(of path: String) -> String {
        let given = URL(filePath: file.path).absoluteURL.standardizedFileURL.path
        return given == path ? file.path : "\(path) (\(file.path) leads to it)"
    }

    func describe(_ place: StoreOptions.Place) throws -> StoreDescription {
        try SQLiteDatastore.describe(
            path: file.path, role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest)
    }

    func keptTasks(role: Role) throws -> [KeptTask] { try SQLiteDatastore.keptTasks(path: file.path, role: role) }

    func renew(role: Role, _ renewals: [StoreRenewal]) throws {
        try SQLiteDatastore.renew(path: file.path, role: role, renewals)
    }

    func migrate(role: Role) throws -> String {
        "\(file.path) is a file: a server brings it to this version's form when it starts, and `populus store renew` does so "
            + "too. Nothing was looked at, and nothing changed"
    }
}

extension SQLiteDatastore: ServedDatastore {
    /// A file is there, or it is lost.
    var isAway: Bool { false }
}
