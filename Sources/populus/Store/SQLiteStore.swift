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
        role: Role, holding tasks: [TaskID], sealKeys: SealKeys?, logger: Logger, onOutage: @escaping OutageObserver
    ) throws -> any ServedDatastore {
        try SQLiteDatastore(path: file.path, role: role, holding: tasks, sealKeys: sealKeys, onOutage: onOutage)
    }

    func create(
        _ place: StoreOptions.Place, earliestReportTime: UInt64, sealKeys: SealKeys?
    ) throws -> (name: String, isFirst: Bool) {
        try file.makeFolder()
        let made = try SQLiteDatastore.create(
            path: file.path, role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest, earliestReportTime: earliestReportTime,
            sealKeys: sealKeys)
        return (name(of: made.path), made.isNew)
    }

    func create(role: Role, sealKeys: SealKeys?) throws -> String {
        try file.makeFolder()
        return name(of: try SQLiteDatastore.create(path: file.path, role: role, sealKeys: sealKeys))
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

    func seal(role: Role, with keys: SealKeys) throws -> String {
        try SQLiteDatastore.seal(path: file.path, role: role, with: keys)
    }

    func reseal(role: Role, with keys: SealKeys) throws -> (from: String, to: String) {
        try SQLiteDatastore.reseal(path: file.path, role: role, with: keys)
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
