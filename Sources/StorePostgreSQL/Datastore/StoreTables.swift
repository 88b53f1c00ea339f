#if PostgreSQL
import Aggregator
import PopulusDAP

/// What a database's tables are, and which tasks they hold.
enum StoreTables {
    /// Whether there is a store in the connection's schema.
    static func exist(_ db: PostgreSQLConnection) throws -> Bool { try isTable("meta", db) }

    private static func isTable(_ name: String, _ db: PostgreSQLConnection) throws -> Bool {
        try db.one(
            "SELECT EXISTS (SELECT FROM pg_class WHERE relname = $1 AND relnamespace = current_schema()::regnamespace)",
            [.text(name)]
        ) { try $0.boolean() } ?? false
    }

    /// Makes the tables in a schema that has none of their names, and draws what the store is known by.
    static func create(
        _ db: PostgreSQLConnection, role: Role, database: StoreID = .random(), sealKeys: SealKeys? = nil
    ) throws {
        for name in ["meta", "task", "replica"] + Schema.tablesOfTasks where try isTable(name, db) {
            throw StoreError.notAStore("\(db.place) has a table \(name) already, which no Populus made")
        }
        try db.script(Schema.create)
        let values = [("version", "\(Schema.version)"), ("role", "\(role)"), ("database", database.base64URL)]
        for (name, value) in values { try add(name, value, db) }
        try addSecret(db)
        if let sealKeys {
            let drawn = StoreSeal.draw(for: SealPlace(database, role: role), by: sealKeys)
            try add(SealUse.name, drawn.record.text, db)
        }
    }

    static func add(_ name: String, _ value: String, _ db: PostgreSQLConnection) throws {
        try db.run("INSERT INTO meta (name, value) VALUES ($1, $2)", [.text(name), .text(value)])
    }

    /// Draws what the processes that share the store show each other.
    static func addSecret(_ db: PostgreSQLConnection) throws {
        try add("secret", Base64URL.encode(PostgreSQLReplica.newSecret()), db)
        try add("changed", StoreID.random().base64URL, db)
    }

    /// Has whoever lost the store for a moment notice that somebody had it alone meanwhile.
    static func noteChange(_ db: PostgreSQLConnection) throws {
        try db.run("UPDATE meta SET value = $1 WHERE name = 'changed'", [.text(StoreID.random().base64URL)])
    }

    /// Sees that the tables are the store of a role; writes nothing.
    ///
    /// - Returns: their version.
    static func check(_ db: PostgreSQLConnection, role: Role) throws -> Int {
        guard try exist(db) else { throw StoreError.missing }
        let columns = try db.all(
            """
            SELECT attname::text FROM pg_attribute WHERE attrelid = 'meta'::regclass AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum
            """
        ) { try $0.text() }
        guard columns == ["name", "value"], let found = try meta("role", db), let text = try meta("version", db),
            let version = Int(text)
        else { throw StoreError.notAStore("\(db.place) has a table meta, which no Populus made") }
        guard (1...Schema.version).contains(version) else { throw StoreError.unknownVersion(version) }
        guard found == "\(role)" else { throw StoreError.belongsToAnother(found: found, expected: "\(role)") }
        return version
    }

    /// The same, and that they are of this version.
    static func checkCurrent(_ db: PostgreSQLConnection, role: Role) throws {
        let version = try check(db, role: role)
        guard version == Schema.version else { throw StoreError.toMigrate(version) }
    }

    /// A row of the table `meta`.
    static func meta(_ name: String, _ db: PostgreSQLConnection) throws -> String? {
        try db.one("SELECT value FROM meta WHERE name = $1", [.text(name)]) { try $0.text() }
    }

    /// What the database itself is known by, whatever its address.
    static func identity(_ db: PostgreSQLConnection) throws -> StoreID {
        guard let id = try meta("database", db).flatMap({ StoreID(base64URL: $0) }) else {
            throw StoreError.damaged("it has no identity")
        }
        return id
    }

    /// The tasks, with their rows.
    static func tasks(_ db: PostgreSQLConnection) throws -> [(row: Int64, id: TaskID)] {
        try db.all("SELECT id, task_id FROM task ORDER BY id") { (try $0.integer(), try $0.identifier()) }
    }

    /// The row of a task with this configuration.
    static func row(
        of task: TaskID, configurationDigest: [UInt8], role: Role, _ db: PostgreSQLConnection
    ) throws -> Int64 {
        let expected = "\(role) of task \(task)"
        let found = try db.one("SELECT id FROM task WHERE task_id = $1", [.bytes(task.bytes)]) { try $0.integer() }
        guard let row = found else {
            let tasks = try tasks(db)
            guard !tasks.isEmpty else { throw StoreError.missing }
            let names = tasks.map { "\($0.id)" }.joined(separator: ", ")
            throw StoreError.belongsToAnother(found: "\(role) of task \(names)", expected: expected)
        }
        guard try LedgerTables(db: db, task: row).configurationDigest == configurationDigest else {
            throw StoreError.belongsToAnother(found: "\(expected) with another configuration", expected: expected)
        }
        return row
    }
}

/// The numbers of the locks that processes take at the server, which are not those of another store there.
struct StoreLocks: Sendable {
    private let database: StoreID

    init(_ database: StoreID) { self.database = database }

    /// Held by the process that has the store alone, or by all of those that share it.
    var process: Int64 { Int64(bitPattern: database.words.x) }

    /// Held by a write of a task: two numbers.
    func write(of task: Int64) -> (Int32, Int32) {
        (Int32(truncatingIfNeeded: database.words.y), Int32(truncatingIfNeeded: task))
    }

    /// Where processes that share the store tell each other of changes (LISTEN).
    var channel: String { "populus_\(database.base64URL)" }

    /// Held by whoever makes the tables, or changes their form.
    static let making: Int64 = 0x706f_7075_6c75_7321
}
#endif
