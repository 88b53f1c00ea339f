import Aggregator
import Foundation
import GRDB
import PopulusDurableFiles

/// The files beside the two databases.
extension StoreImport {
    // MARK: Their second names

    /// The files of uploads, which nobody writes to any more, get the next numbers here.
    func link(uploads numbers: [Int64], offset: Int64) throws {
        for number in numbers {
            try Self.link(
                "\(earlier.uploads)/\(number).uploads", "\(datastore.files.uploads)/\(number + offset).uploads")
        }
        try UploadFile.synchronize(folder: datastore.files.uploads)
    }

    /// The segments get the names of their jobs' rows here.
    func linkSegments(of row: Int64) throws {
        let jobs = try StoreInspection.look(at: earlier) { try Int64.fetchAll($0, sql: "SELECT id FROM job") }
        for job in jobs {
            let segment = "\(earlier.segments)/\(job).segment"
            // Asked for one by one: a folder that cannot be listed now would leave them behind, to be erased.
            guard FileIdentity(segment) != nil else { continue }
            let name = "\(job + TaskRows.offset(of: row)).segment"
            try Self.link(segment, "\(datastore.files.segments)/\(name)")
        }
        try UploadFile.synchronize(folder: datastore.files.segments)
    }

    /// Removes what an import brought.
    func removeSegments(of row: Int64) {
        let rows = TaskRows.range(of: row)
        for name in StoreFiles.names(in: datastore.files.segments) {
            guard let job = name.split(separator: ".").first.flatMap({ Int64($0) }), rows.contains(job) else {
                continue
            }
            // One that stays is of no job's row, and goes at the next start.
            _ = try? FileNames.remove("\(datastore.files.segments)/\(name)")
        }
    }

    /// Gives a file a further name, or copies it where there can be none.
    ///
    /// What has the name is of an import that was interrupted.
    private static func link(_ file: String, _ name: String) throws(StoreError) {
        do throws(DurableFileError) {
            try FileNames.remove(name)
            return try FileNames.link(file, to: name)
        } catch {
            guard [.noFurtherName, .notPermitted].contains(error.cause) else {
                throw StoreError("cannot link \(file)", error)
            }
        }
        let source = try UploadFile(opening: file, number: 0)
        let target = try UploadFile(creating: name, number: 0)
        let size = try source.size
        for offset in stride(from: 0, to: size, by: 1 << 20) {
            try target.write(try source.read(min(1 << 20, size - offset), at: offset), at: offset)
        }
        try target.synchronize()
    }

    // MARK: The old file

    /// Writes to the old database; at the end nothing of it is in its log.
    func writing(_ body: (DatabaseQueue) throws -> Void) throws {
        try StoreOpening.unseal(earlier)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: earlier.path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        try body(queue)
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
        try UploadFile.synchronize(folder: earlier.folder)
    }

    /// Erases what the old file held: what is erased in the new one must not live on here.
    ///
    /// What it was, and where that went, stays.
    func clear() throws {
        let tables = try StoreInspection.look(at: earlier) { db in
            try String.fetchAll(
                db,
                sql:
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'meta' AND name NOT LIKE 'sqlite_%'"
            )
        }
        if !tables.isEmpty || FileIdentity.size(earlier.log) > 0 {
            try writing { queue in
                try queue.write { db in
                    for table in tables { try db.execute(sql: "DROP TABLE \(table)") }
                    let kept = Superseded.kept.map { "'\($0)'" }.joined(separator: ", ")
                    try db.execute(sql: "DELETE FROM meta WHERE name NOT IN (\(kept))")
                }
                try queue.vacuum()
            }
            try reached(.emptied)
        }
        let folders = earlier.folders.filter { FileIdentity($0) != nil }
        guard !folders.isEmpty else { return }
        for folder in folders {
            try StoreError.wrapping("cannot remove \(folder)") { () throws(DurableFileError) in
                for name in StoreFiles.names(in: folder) { try FileNames.remove("\(folder)/\(name)") }
                try FileNames.remove(folder: folder)
            }
        }
        try UploadFile.synchronize(folder: earlier.folder)
        try reached(.removed)
    }
}
