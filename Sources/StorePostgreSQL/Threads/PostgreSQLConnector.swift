#if PostgreSQL
import Aggregator
import DAP
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

    /// - Throws: `PostgreSQLError` where it may go well another time, else `StoreError`.
    func connect() throws -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection(
            address, name: "populus \(role)", limits: limits, logger: logger)
        try PostgreSQLServerCheck(connection).run(logger)
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

    func run(_ logger: Logger?) throws {
        var columns: [String] = []
        let settings = ["synchronous_commit", "fsync", "full_page_writes", "data_checksums"]
            .map { "current_setting('\($0)')" }
        let all =
            settings + [
                "pg_is_in_recovery()::text", "coalesce(current_setting('populus.unsafe_for_tests', true), '')",
            ]
        _ = try connection.one("SELECT \(all.joined(separator: ", "))") { found in
            columns = try all.map { _ in try found.text() }
        }
        guard columns.count == all.count else { throw PostgreSQLError.client("the server does not say how it is set") }
        guard columns[4] == "false" else {
            throw StoreError.unfit("the server at \(connection.place) is a standby: give the address of the primary")
        }
        try Self.check(synchronousCommit: columns[0])
        if columns[5] != "on" {
            for (name, value) in [("fsync", columns[1]), ("full_page_writes", columns[2])] where value != "on" {
                throw StoreError.unfit(
                    "the server's setting \(name) is \(value), so that a power cut could undo what was acknowledged: set it "
                        + "to on")
            }
        }
        if columns[3] != "on" {
            logger?.warning("the server's data_checksums are off: it does not notice a page that its disk has damaged")
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
