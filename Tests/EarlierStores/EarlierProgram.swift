import Foundation
import GRDB

/// What the program of version 5 makes of a file; it is the only judge of whether it would evaluate reports once more.
package enum EarlierProgram {
    /// Whether it would serve from the file: what its check of the table `meta` was, with the log and without.
    ///
    /// Looks at a copy, since SQLite writes when it reads a log.
    package static func serves(_ path: String) throws -> Bool {
        let files = FileManager.default
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: folder) }
        guard files.fileExists(atPath: path) else { return false }
        for name in ["", "-wal"] where files.fileExists(atPath: path + name) {
            try files.copyItem(atPath: path + name, toPath: folder + "/store" + name)
        }
        let database = try DatabaseQueue(path: folder + "/store")
        defer { try? database.close() }
        return try database.read { db in
            func meta(_ name: String) throws -> String? {
                try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
            }
            guard try meta("role") != nil, try meta("task") != nil else { return false }
            return (1...5).contains(Int(try meta("version") ?? "") ?? 0)
        }
    }

    /// Whether a task may be served from a file of this version, as it is on disk.
    package static func isHere(_ path: String) throws -> Bool {
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return false }
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: folder) }
        for name in ["", "-wal"] where files.fileExists(atPath: path + name) {
            try files.copyItem(atPath: path + name, toPath: folder + "/store" + name)
        }
        let database = try DatabaseQueue(path: folder + "/store")
        defer { try? database.close() }
        return try database.read { db in
            guard try db.tableExists("task") else { return false }
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM task WHERE state = 'here'") != 0
        }
    }
}
