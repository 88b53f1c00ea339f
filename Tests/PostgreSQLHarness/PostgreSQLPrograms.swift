import Foundation

/// PostgreSQL's own programs, as this machine has them.
struct PostgreSQLPrograms: Sendable {
    /// The folder of `initdb` and `postgres`.
    private let folder: URL

    /// - Throws: `HarnessError.noPrograms` where there is no server to start.
    init() throws {
        guard let folder = Self.folders().first(where: Self.hasServer) else { throw HarnessError.noPrograms }
        self.folder = folder
    }

    /// The path of a program such as `pg_basebackup`.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    private static func hasServer(_ folder: URL) -> Bool {
        ["initdb", "postgres"].allSatisfy { name in
            FileManager.default.isExecutableFile(atPath: folder.appending(path: name).path)
        }
    }

    /// Debian's folders, the latest version first, then what `pg_config` and PATH say.
    private static func folders() -> [URL] {
        let root = URL(filePath: "/usr/lib/postgresql")
        // Where the folder is missing, other places are looked at.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        let debian = versions.compactMap { Int($0) }.sorted(by: >).map { root.appending(path: "\($0)/bin") }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let others = path.split(separator: ":").map { URL(filePath: String($0)) }
        return debian + configured(others) + others
    }

    /// What a `pg_config` in one of these folders says.
    private static func configured(_ folders: [URL]) -> [URL] {
        let programs = folders.map { $0.appending(path: "pg_config").path }
        guard let program = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0) }),
            let said = try? Child.run([program, "--bindir"])
        else { return [] }
        return [URL(filePath: said.trimmingCharacters(in: .whitespacesAndNewlines))]
    }
}

/// Why there is no server for a test.
package enum HarnessError: Error, CustomStringConvertible {
    case noPrograms
    case noPooler
    /// A program that failed, and what it said.
    case failed(String, said: String)
    /// What the server answers to a statement: its SQLSTATE and its message.
    case refused(state: String, message: String)
    /// The server went away, or never came.
    case unreachable(String)

    package var description: String {
        switch self {
        case .noPrograms:
            "these tests start a PostgreSQL server of their own, and find none: install a server of version 15 or later, on "
                + "Debian the package `postgresql`"
        case .noPooler: "one test needs PgBouncer: install the package `pgbouncer`"
        case .failed(let program, let said): "\(program) failed: \(said)"
        case .refused(let state, let message): "PostgreSQL: \(message) (\(state))"
        case .unreachable(let what): "PostgreSQL cannot be reached: \(what)"
        }
    }
}
