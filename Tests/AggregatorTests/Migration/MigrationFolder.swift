import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Synchronization

/// A folder of stores, in which each task had a file of its own.
final class MigrationFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// As another one is at this moment, which is what a kill leaves.
    init(copying other: MigrationFolder) throws {
        path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: other.path, toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ role: Role) -> String { "\(path)/\(role).sqlite" }

    /// The file that versions up to 5 had for a task.
    func file(_ role: Role, of task: TaskID) -> String { "\(path)/\(role)-\(task).sqlite" }

    /// Opens the file of a role for tasks; whoever calls opens them, and closes it.
    func open(_ role: Role, _ tasks: [TestTask], _ observer: @escaping ImportObserver = { _ in }) throws
        -> SQLiteDatastore
    {
        try SQLiteDatastore(path: file(role), role: role, holding: tasks.map(\.id), onImport: observer)
    }

    /// Opens a task's store, and closes its file again.
    func openOnce(_ role: Role, _ task: TestTask, _ observer: @escaping ImportObserver = { _ in }) throws {
        let datastore = try open(role, [task], observer)
        defer { try? datastore.close() }
        _ = try datastore.open(try task.aggregator(role))
    }

    /// The version that a role's file says it is of; it may be open.
    func version(_ role: Role) throws -> String? {
        let copy = try MigrationFolder(copying: self)
        let database = try DatabaseQueue(path: copy.file(role))
        defer { try? database.close() }
        return try database.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE name = 'version'") }
    }

    func names(_ part: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(part)")) ?? []).sorted()
    }

    /// Every file with its bytes.
    func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            files[name] = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
        }
        return files
    }
}

/// Keeps what a folder is after each step of an import: as if the process had been killed there.
final class Kills: Sendable {
    private let found = Mutex<[(ImportStep, MigrationFolder)]>([])

    var all: [(step: ImportStep, folder: MigrationFolder)] { found.withLock { $0 } }

    func observer(of folder: MigrationFolder) -> ImportObserver {
        { step in
            let copy = try MigrationFolder(copying: folder)
            self.found.withLock { $0.append((step, copy)) }
        }
    }
}

extension Simulation {
    /// Has a role's store in a folder, as a version up to 5 had it; nobody may have it open.
    func goBack(_ role: Role, in folder: MigrationFolder, version: Int = 5) throws {
        try Version5.goBack(
            "\(self.folder)/\(role).sqlite", to: folder.file(role, of: task.id), version: version)
    }
}
