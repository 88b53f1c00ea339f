import Aggregator
import Foundation
import PopulusDAP
import StoreSQLite
import Testing

/// A SQLite store with several tasks in a folder of its own; copies of its files are what a kill leaves.
final class PagedStore: Sendable {
    let folder: URL
    let tasks: [TaskID]

    /// Makes a store in which nothing has happened.
    init(tasks count: Int = 1) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "store-pages-\(UUID().uuidString)")
        tasks = (0..<count).map { _ in .random() }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for task in tasks {
            try SQLiteDatastore.create(
                path: path, role: .leader, task: task, configurationDigest: MadeStore.configurationDigest)
        }
    }

    private init(copying other: PagedStore) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "store-pages-\(UUID().uuidString)")
        tasks = other.tasks
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = FileManager.default
        for part in ["", "-wal", ".uploads", ".segments"] where files.fileExists(atPath: other.path + part) {
            try files.copyItem(atPath: other.path + part, toPath: path + part)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "leader.sqlite").path }

    /// As a kill at this moment would leave it.
    func killed() throws -> PagedStore { try PagedStore(copying: self) }

    /// - Parameter checkpointPages: few, so that both the database and the log hold something.
    func open(checkpointPages: Int = 24, onPages: @escaping PageObserver = { _ in }) throws -> SQLiteDatastore {
        try SQLiteDatastore(
            path: path, role: .leader, holding: tasks, checkpointPages: checkpointPages, onPages: onPages)
    }

    /// All that a start finds in the tasks.
    func images() async throws -> [TaskImage] {
        let datastore = try open()
        var images: [TaskImage] = []
        do {
            for task in tasks { images.append(try await TaskImage(of: try datastore.open(task))) }
        } catch {
            try? datastore.close()
            throw error
        }
        try datastore.close()
        return images
    }

    // MARK: Its files

    /// The parts that a bit may turn in.
    enum Part: String, CaseIterable, Sendable {
        case database = ""
        case log = "-wal"
        case mark = ".uploads/mark"
        case table = ".uploads/pages"
    }

    func bytes(_ part: Part) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: path + part.rawValue) ?? Data())
    }

    func write(_ bytes: [UInt8], _ part: Part) throws { try Data(bytes).write(to: URL(filePath: path + part.rawValue)) }

    /// Every file with its bytes.
    func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            files[name] = FileManager.default.contents(atPath: folder.appending(path: name).path) ?? Data()
        }
        return files
    }

    /// Has it as the version before this one left it: no digests of pages, and a mark that says of none.
    ///
    /// - Parameter isClosed: whether by a clean stop, which sealed the database.
    func goBack(isClosed: Bool) throws {
        try FileManager.default.removeItem(atPath: path + Part.table.rawValue)
        let lines = String(decoding: bytes(.mark), as: UTF8.self).split(separator: "\n")
        let database = bytes(.database)
        let state = isClosed ? "closed \(database.count) \(Self.digest(database))" : "open"
        let text = "populus store mark 1\n\(lines[1])\n\(lines[2])\n\(state)\n"
        let padding = String(repeating: " ", count: max(0, 200 - text.utf8.count))
        let check = String(Self.digest(Array(text.utf8)), radix: 16)
        try write(Array("\(text)\(padding)\n\(String(repeating: "0", count: 16 - check.count))\(check)\n".utf8), .mark)
    }

    /// The digest that was in marks, word for word.
    private static func digest(_ bytes: [UInt8]) -> UInt64 {
        func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
            let product = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
            return product ^ product >> 32
        }
        var state: UInt64 = 0x243f_6a88_85a3_08d3
        for start in stride(from: 0, to: bytes.count, by: 8) {
            var word: UInt64 = 0
            for byte in bytes[start..<min(start + 8, bytes.count)].reversed() { word = word << 8 | UInt64(byte) }
            state = mixed(state, word)
        }
        return mixed(state, UInt64(bytes.count))
    }
}

extension SQLiteDatastore {
    fileprivate func open(_ task: TaskID) throws -> any TaskStore {
        try open(task, configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
    }
}
