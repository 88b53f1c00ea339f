import Foundation

/// A PgBouncer before a server, on a socket in a folder of the server's own.
package final class PostgreSQLPooler: Sendable {
    /// When a connection to the server is free for another client.
    package enum Mode: String, Sendable { case session, transaction }

    private let process: ServerProcess
    private let folder: URL
    private let port: Int

    /// - Throws: `HarnessError.noPooler` where this machine has none.
    package init(to server: PostgreSQLServer, _ mode: Mode) throws {
        let program = "/usr/sbin/pgbouncer"
        guard FileManager.default.isExecutableFile(atPath: program) else { throw HarnessError.noPooler }
        folder = try PostgreSQLServer.makeFolder()
        port = server.port
        let configuration = folder.appending(path: "pgbouncer.ini")
        try Data(
            """
            [databases]
            * = host=\(server.socketFolder) port=\(server.port) user=\(PostgreSQLServer.user)
            [pgbouncer]
            listen_addr =
            listen_port = \(server.port)
            unix_socket_dir = \(folder.path)
            auth_type = any
            pool_mode = \(mode.rawValue)

            """.utf8
        ).write(to: configuration)
        process = try ServerProcess([program, configuration.path], log: folder.appending(path: "log"))
        // Its socket has its name before anybody listens there.
        let socket = PostgreSQLServer.socketPath(in: folder, port: port)
        for _ in 0..<1000 where process.isRunning {
            if let stream = try? ByteStream(connectedTo: socket) {
                stream.close()
                return
            }
            usleep(5000)
        }
        throw HarnessError.failed("pgbouncer", said: String(contentsOfLog: folder.appending(path: "log")))
    }

    /// Where its socket is, for ``PostgreSQLDatabase/uri(user:through:)``.
    package var socketFolder: String { folder.path }

    /// Ends it, and waits for that.
    package func close() throws {
        kill(process.id, SIGTERM)
        process.waitForEnd()
        try FileManager.default.removeItem(at: folder)
    }
}

extension String {
    /// The last of a log; empty where there is none.
    fileprivate init(contentsOfLog file: URL) {
        self = String(((try? String(contentsOf: file, encoding: .utf8)) ?? "").suffix(2000))
    }
}
