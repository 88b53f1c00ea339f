import Aggregator
import Foundation
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// The files of versions 1 to 5 beside the file of a role: there each task had one of its own.
struct EarlierFiles {
    private let folder: String
    private let role: Role

    /// - Parameter path: the file of the role as it was given; only under the role's own name it stands for a folder.
    init?(beside path: String, role: Role) {
        let url = URL(fileURLWithPath: path)
        guard url.lastPathComponent == "\(role).sqlite" else { return nil }
        (folder, self.role) = (url.deletingLastPathComponent().path, role)
    }

    func path(of task: TaskID) -> String { "\(folder)/\(role)-\(task).sqlite" }

    /// The file of a task, if there is one.
    func files(of task: TaskID) throws(StoreError) -> StoreFiles? {
        guard FileIdentity(path(of: task)) != nil else { return nil }
        return StoreFiles(try StorePath.real(path(of: task)))
    }

    /// What of a task's store is there, if anything.
    func found(of task: TaskID) -> String? { StoreFiles(path(of: task)).found }

    /// What the file of a task says of where its contents went; what cannot be read says nothing.
    func superseded(of task: TaskID) -> Superseded? {
        guard let files = try? files(of: task) else { return nil }
        return try? Superseded(files)
    }

    /// The file of a task whose store is still to be brought over: what cannot be read is refused with the reason when it is
    /// opened.
    func wholeFiles(of task: TaskID) throws(StoreError) -> StoreFiles? {
        superseded(of: task) == nil ? try files(of: task) : nil
    }

    /// Whether the store of a task is still to be brought over.
    func isToCome(_ task: TaskID) -> Bool {
        // Why a name leads nowhere is said when it is opened.
        (try? wholeFiles(of: task)) != nil
    }
}

/// What an old file says of where its contents went.
struct Superseded: Equatable {
    /// The file's path at that time.
    let path: String
    /// Its identity.
    let database: StoreID

    private static let names = (path: "superseded_by", database: "superseded_by_database")
    /// What stays in an old file, so that every program can tell what it was.
    static let kept = ["version", "role", "task", names.path, names.database]

    init(by path: String, _ database: StoreID) {
        (self.path, self.database) = (path, database)
    }

    /// Reads it; nothing of the file changes.
    ///
    /// Nil where it says nothing of that kind, whatever it is.
    init?(_ files: StoreFiles) throws {
        let found = try StoreInspection.look(at: files) { db -> Superseded? in
            guard try db.tableExists("meta") else { return nil }
            return try Superseded(db)
        }
        guard let found else { return nil }
        self = found
    }

    private init?(_ db: Database) throws {
        guard let path = try db.meta(Self.names.path) else { return nil }
        guard let database = try db.meta(Self.names.database).flatMap({ StoreID(base64URL: $0) }) else {
            throw StoreError.damaged("it does not say where its contents are")
        }
        (self.path, self.database) = (path, database)
    }

    /// Makes the file one that every program refuses.
    func write(_ db: Database) throws {
        try db.setMeta(Self.names.path, path)
        try db.setMeta(Self.names.database, database.base64URL)
        try db.setMeta("version", "\(Schema.version)")
    }
}
