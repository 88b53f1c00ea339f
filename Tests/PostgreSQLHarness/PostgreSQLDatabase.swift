import Foundation

/// One test's database, which ``drop()`` removes.
package final class PostgreSQLDatabase: Sendable {
    package let server: PostgreSQLServer
    package let name: String

    fileprivate init(_ server: PostgreSQLServer, _ name: String) { (self.server, self.name) = (server, name) }

    /// What a store is connected to it by: no password is in it.
    ///
    /// - Parameter folder: where the socket is, if it is a proxy's.
    package func uri(user: String = PostgreSQLServer.user, through folder: String? = nil) -> String {
        Self.uri(name, user: user, host: folder ?? server.socketFolder, port: server.port)
    }

    /// The same over 127.0.0.1, for ``PostgreSQLServer/guardedUser``.
    package var loopbackURI: String {
        Self.uri(name, user: PostgreSQLServer.guardedUser, host: "127.0.0.1", port: server.port)
    }

    private static func uri(_ name: String, user: String, host: String, port: Int) -> String {
        // Both are letters, digits and what a path of a temporary folder has.
        let host = host.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? host
        return "postgresql:///\(name)?host=\(host)&port=\(port)&user=\(user)"
    }

    /// Asks it something, in a connection of its own.
    @discardableResult
    package func query(_ sql: String) throws -> [[String?]] { try server.session(database: name).query(sql) }

    /// Ends all connections to it but those of the server's own.
    package func cutConnections() throws {
        try server.session().query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '\(name)'")
    }

    /// What it is now, in a database of its own; connections to it are ended.
    package func copy() throws -> PostgreSQLDatabase {
        try cutConnections()
        return try server.makeDatabase(like: self)
    }

    /// Puts back what an earlier ``copy()`` holds, which is used up.
    package func restore(_ earlier: PostgreSQLDatabase) throws {
        try drop()
        let session = try server.session()
        try session.query("ALTER DATABASE \(earlier.name) RENAME TO \(name)")
    }

    /// Removes it, whoever is connected.
    package func drop() throws { try server.session().query("DROP DATABASE IF EXISTS \(name) WITH (FORCE)") }
}

extension PostgreSQLServer {
    /// Makes a database with nothing in it, or with what another one holds, to which nobody may be connected.
    package func makeDatabase(like other: PostgreSQLDatabase? = nil) throws -> PostgreSQLDatabase {
        let name = name("test")
        try session().query("CREATE DATABASE \(name) TEMPLATE \(other?.name ?? "template0") STRATEGY file_copy")
        return PostgreSQLDatabase(self, name)
    }

    /// What a database holds now, in one of its own, while others go on with it: a dump that is played back.
    package func makeSnapshot(of other: PostgreSQLDatabase) throws -> PostgreSQLDatabase {
        let copy = try makeDatabase()
        let dump = folder.appending(path: "\(copy.name).dump").path
        let place = ["--host=\(socketFolder)", "--port=\(port)", "--username=\(Self.user)"]
        try Child.run([programs.path("pg_dump"), "--format=custom", "--file=\(dump)"] + place + [other.name])
        try Child.run([programs.path("pg_restore"), "--exit-on-error", "--dbname=\(copy.name)"] + place + [dump])
        return copy
    }

    /// Makes the user that needs a password, who may do everything; there may be one already.
    package func makeGuardedUser() throws {
        try session().query(
            """
            DO $$ BEGIN
                CREATE ROLE \(Self.guardedUser) LOGIN SUPERUSER PASSWORD '\(Self.guardedPassword)';
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """)
    }

    /// A second server that follows this one and takes no writes; `wal_level` has to be `replica`.
    package func makeStandby() throws -> PostgreSQLServer {
        try PostgreSQLServer(settings) { standby in
            try Child.run([
                programs.path("pg_basebackup"), "--pgdata=\(standby.data.path)", "--host=\(socketFolder)",
                "--port=\(port)", "--username=\(Self.user)", "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
            ])
        }
    }
}
