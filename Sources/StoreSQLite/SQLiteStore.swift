import Aggregator
import DAP
import Dispatch
import Foundation
import GRDB
import Synchronization

/// The embedded store: one SQLite file for one role of one task, with folders of uploads and of segments beside it.
///
/// WAL mode with `synchronous=FULL`: a commit is on disk when `write` returns. Writes that wait for the database are
/// committed together, each in a savepoint of its own.
package final class SQLiteStore: Store {
    package let segmentsDirectory: String

    private let pool: DatabasePool
    private let uploads: UploadFiles
    private let lock: StoreLock
    private let writer = DispatchQueue(label: "populus.store.write")
    private let pending = Mutex<[PendingWrite]>([])
    /// Writes that share one commit at most, so that an answer is not held up without bound.
    private static let greatestGroup = 512
    /// Pages of the log before they are brought into the database: many, since a step changes the same pages again and
    /// again, and each is then brought over once.
    private static let checkpointPages = 8192

    /// Opens the store, or creates it.
    ///
    /// - Throws: `StoreError`, `.belongsToAnother` if the file is for another task or role.
    package init(path: String, role: Role, task: TaskID, configurationDigest: [UInt8]) throws {
        lock = try StoreLock(path: path + ".lock")
        segmentsDirectory = path + ".segments"
        do {
            uploads = try UploadFiles(folder: path + ".uploads")
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.label = "populus.store"
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL together with WAL: a power cut could then undo what was acknowledged (rule 7).
            // What is erased is overwritten with zeros, whatever the library was built with.
            try pool.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = FULL")
                try $0.execute(sql: "PRAGMA secure_delete = ON")
                try $0.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.checkpointPages)")
            }
            let (pool, uploads) = (pool, uploads)
            try pool.write { db in
                try Self.checkOwner(
                    db, role: role, task: task, configurationDigest: configurationDigest, uploads: uploads)
            }
            try uploads.check(try pool.read { try UploadFiles.ends(in: $0) })
            try FileManager.default.createDirectory(
                atPath: segmentsDirectory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            for name in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: name) {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: name)
            }
        } catch {
            throw StoreError(wrapping: error)
        }
    }

    /// Ends the connection; the store may then be opened again in the same process.
    package func close() throws {
        writer.sync {}
        try pool.close()
        uploads.close()
        lock.release()
    }

    package func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            return try await pool.read { [uploads] db in try body(SQLiteTransaction(db: db, uploads: uploads)) }
        } catch {
            throw StoreError.mapped(error)
        }
    }

    package func look<T: Sendable>(
        _ name: StaticString, _ body: @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do { return try readHere(body) } catch { throw StoreError.mapped(error) }
    }

    /// Readers never wait for the writer, so a thread that may block for a moment may do this itself.
    private func readHere<T>(_ body: (any StoreTransaction) throws -> T) throws -> T {
        try pool.read { db in try body(SQLiteTransaction(db: db, uploads: uploads)) }
    }

    package func write<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let uploads = uploads
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    run: { db in
                        let value = try body(SQLiteTransaction(db: db, uploads: uploads))
                        return { continuation.resume(returning: value) }
                    },
                    fail: { continuation.resume(throwing: StoreError.mapped($0)) }))
        }
    }

    /// How durable a commit is: SQLite's `synchronous` of the writing connection, 2 for FULL.
    package func synchronousLevel() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }
}

/// A write that waits for the database.
private struct PendingWrite: Sendable {
    /// Runs the body and returns how to report its result once that is committed.
    let run: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

extension SQLiteStore {
    private func enqueue(_ write: PendingWrite) {
        pending.withLock { $0.append(write) }
        writer.async { [self] in drain() }
    }

    /// Commits what waits.
    ///
    /// Runs on `writer` only.
    private func drain() {
        let group = pending.withLock { pending in
            let group = Array(pending.prefix(Self.greatestGroup))
            pending.removeFirst(group.count)
            return group
        }
        guard !group.isEmpty else { return }
        // For each write how to report its result, or why it failed.
        var results: [Result<@Sendable () -> Void, any Error>] = []
        var unused: [Int64] = []
        do {
            try pool.writeWithoutTransaction { db in
                try db.transaction {
                    uploads.begin()
                    for write in group {
                        // SQLite undoes the whole transaction on a full disk and the like.
                        guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
                        // A write of its own needs no savepoint: its failure undoes nobody else's work.
                        if group.count == 1 {
                            results.append(.success(try write.run(db)))
                        } else {
                            results.append(Result { try db.savepoint { try write.run(db) } })
                        }
                    }
                    guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
                    unused = try UploadFiles.unused(uploads.touched, in: db)
                    // What the rows name is on disk before they are.
                    try uploads.synchronize()
                }
            }
        } catch {
            for write in group { write.fail(error) }
            return
        }
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let report): report()
            case .failure(let error): write.fail(error)
            }
        }
        uploads.remove(unused)
    }

    private static func checkOwner(
        _ db: Database, role: Role, task: TaskID, configurationDigest: [UInt8], uploads: UploadFiles
    ) throws {
        let digest = configurationDigest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        if try !db.tableExists("meta") {
            try Schema.create(db)
            let values = [
                ("version", "\(Schema.version)"), ("role", "\(role)"), ("task", task.base64URL),
                ("configuration", digest),
            ]
            for (name, value) in values {
                try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
            }
            return
        }
        func value(_ name: String) throws -> String {
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) ?? ""
        }
        if try value("version") == "1" { try Schema.migrateFromVersion1(db) }
        if try value("version") == "2" { try Schema.migrateFromVersion2(db, uploads) }
        let version = Int(try value("version")) ?? 0
        guard version == Schema.version else { throw StoreError.unknownVersion(version) }
        let found = "\(try value("role")) of task \(try value("task"))"
        let expected = "\(role) of task \(task.base64URL)"
        guard found == expected else { throw StoreError.belongsToAnother(found: found, expected: expected) }
        guard try value("configuration") == digest else {
            throw StoreError.belongsToAnother(found: found + " with another configuration", expected: expected)
        }
    }
}

extension Database {
    /// Runs a statement that is parsed once a connection.
    private func step(_ sql: String) throws { try cachedStatement(sql: sql).execute() }

    /// Commits what `body` writes, or undoes it.
    fileprivate func transaction(_ body: () throws -> Void) throws {
        try step("BEGIN IMMEDIATE TRANSACTION")
        do {
            try body()
            try step("COMMIT TRANSACTION")
        } catch {
            // SQLite may have undone it already.
            if isInsideTransaction { try? step("ROLLBACK TRANSACTION") }
            throw error
        }
    }

    /// Keeps what `body` writes in the transaction, or undoes it alone.
    fileprivate func savepoint<T>(_ body: () throws -> T) throws -> T {
        try step("SAVEPOINT one")
        do {
            let value = try body()
            try step("RELEASE SAVEPOINT one")
            return value
        } catch {
            if isInsideTransaction {
                try step("ROLLBACK TRANSACTION TO SAVEPOINT one")
                try step("RELEASE SAVEPOINT one")
            }
            throw error
        }
    }
}
