import Foundation
import Glibc

extension PostgreSQLServer {
    /// The cluster's files.
    var data: URL { folder.appending(path: "data") }
    /// Where the socket is.
    package var socketFolder: String { folder.path }
    var socketPath: String { Self.socketPath(in: folder, port: port) }
    var log: URL { folder.appending(path: "log") }

    static func socketPath(in folder: URL, port: Int) -> String { folder.appending(path: ".s.PGSQL.\(port)").path }

    /// Writes what its configuration is, and who gets in.
    func configure() throws {
        var lines = [
            "listen_addresses": settings.listensOnLoopback ? "127.0.0.1" : "", "port": "\(port)",
            "unix_socket_directories": folder.path, "max_connections": "150", "shared_buffers": "32MB",
            "max_wal_size": "256MB", "min_wal_size": "32MB", "fsync": settings.isDurable ? "on" : "off",
            "full_page_writes": settings.isDurable ? "on" : "off", "lc_messages": "C", "log_timezone": "UTC",
            // Nobody turns what is committed off: a store refuses that.
            "synchronous_commit": "on", "autovacuum": settings.isDurable ? "on" : "off",
        ]
        // So that a store takes a server without fsync.
        if !settings.isDurable { lines["populus.unsafe_for_tests"] = "on" }
        for (name, value) in settings.lines { lines[name] = value }
        let text = lines.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }.joined()
        try write(text, to: "postgresql.conf")
        try write(
            """
            local all \(Self.guardedUser) scram-sha-256
            local all,replication all trust
            host all \(Self.guardedUser) 127.0.0.1/32 scram-sha-256

            """, to: "pg_hba.conf")
    }

    private func write(_ text: String, to name: String) throws {
        let file = data.appending(path: name)
        try Data(text.utf8).write(to: file)
        try Self.give(file)
    }

    /// Hands a file or folder to whoever the server runs as.
    private static func give(_ file: URL) throws {
        guard let account = Account.other else { return }
        guard chown(file.path, account.user, account.group) == 0 else {
            throw HarnessError.unreachable("cannot give \(file.path) to \(account.name)")
        }
    }

    /// A new folder whose name is short enough for a socket.
    static func makeFolder() throws -> URL {
        let temporary = FileManager.default.temporaryDirectory
        let parent = temporary.path.utf8.count < 60 ? temporary : URL(filePath: "/tmp")
        let folder = parent.appending(path: "populus-pg-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try give(folder)
        return folder
    }

    /// A port of 127.0.0.1 that nobody listens on.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw HarnessError.unreachable("no free port: errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
