#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

/// Makes the connections of one store, and sees that each leads to a server that is as it must be.
struct PostgreSQLConnector: Sendable {
    let address: PostgreSQLAddress
    let role: Role
    var limits: PostgreSQLLimits
    let logger: Logger?
    /// Which store must be there; nothing where that is still to be seen.
    var database: StoreID?
    /// Whether no other process works with the store; false for processes that do so side by side.
    var isAlone = true
    /// Whether what is unwise of a server is said: once a process is enough.
    var warns = true

    /// - Throws: `PostgreSQLError` where it may go well another time, else `StoreError`.
    func connect() throws -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection(
            address, name: "populus \(role)", limits: isAlone ? limits : limits.amongOthers, logger: logger)
        try PostgreSQLServerCheck(connection).run(warns ? logger : nil)
        if let database {
            guard try StoreTables.exist(connection), try StoreTables.identity(connection) == database else {
                throw StoreError.putBack("there is another store at \(connection.place) than before")
            }
        }
        return connection
    }
}

/// Whether a server keeps what it has committed, and is one that takes writes.
struct PostgreSQLServerCheck {
    /// What `synchronous_commit` may be: with anything else a commit may be lost that was acknowledged (rule 7).
    private static let durable = ["on", "remote_write", "remote_apply"]

    private let connection: PostgreSQLConnection

    init(_ connection: PostgreSQLConnection) { self.connection = connection }

    /// - Parameter logger: told of what is unwise.
    func run(_ logger: Logger?) throws {
        let names = [
            "synchronous_commit", "fsync", "full_page_writes", "data_checksums", "log_statement",
            "log_min_duration_statement", "log_parameter_max_length", "populus.unsafe_for_tests",
        ]
        let values = names.map { "coalesce(current_setting('\($0)', true), '')" }
        var settings: [String: String] = [:]
        let isStandby = try connection.one("SELECT \(values.joined(separator: ", ")), pg_is_in_recovery()") { found in
            for name in names { settings[name] = try found.text() }
            return try found.boolean()
        }
        guard isStandby == false else {
            throw StoreError.unfit("the server at \(connection.place) is a standby: give the address of the primary")
        }
        try Self.check(synchronousCommit: settings["synchronous_commit"] ?? "")
        if settings["populus.unsafe_for_tests"] != "on" {
            for name in ["fsync", "full_page_writes"] where settings[name] != "on" {
                throw StoreError.unfit(
                    "the server's setting \(name) is off, so that a power cut could undo what was acknowledged: set it to on"
                )
            }
        }
        if let logger { Self.warn(of: settings, logger) }
    }

    private static func warn(of settings: [String: String], _ logger: Logger) {
        if settings["data_checksums"] != "on" {
            logger.warning("the server's data_checksums are off: it does not notice a page that its disk has damaged")
        }
        let logsStatements =
            ["mod", "all"].contains(settings["log_statement"]) || settings["log_min_duration_statement"] != "-1"
        if logsStatements, settings["log_parameter_max_length"] != "0" {
            logger.warning(
                "the server's log may get the values of statements, such as uploads: set its log_parameter_max_length to 0"
            )
        }
    }

    /// - Parameter value: what the session has.
    static func check(synchronousCommit value: String) throws(StoreError) {
        guard durable.contains(value) else {
            throw .unfit(
                "synchronous_commit is \(value), so that a crash could undo what was acknowledged: set it to on, "
                    + "remote_write or remote_apply for the server, the database and the user")
        }
    }
}
#endif
