import Foundation
import GRDB
import PopulusDAP
import Results

/// A temporary folder for files of results.
final class ResultsFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/results-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        chmod(path, 0o700)
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String = "results.sqlite") -> String { path + "/" + name }

    /// What lies in it.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func bytes(_ name: String = "results.sqlite") -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: file(name)) ?? Data())
    }

    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: URL(filePath: file(name))) }

    func store(
        _ use: ResultsStore.Use = .recording, patience: Double = 5, greatestPages: Int? = nil
    ) throws -> ResultsStore {
        try ResultsStore(path: file(), for: use, patience: patience, greatestPages: greatestPages)
    }

    /// SQL past the module.
    func sql(_ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: file())
        try queue.write { try $0.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    func number(_ sql: String) throws -> Int {
        let queue = try DatabaseQueue(path: file())
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }
}
