import Aggregator
import Foundation
import PopulusDurableFiles

/// The names that belong to one store.
struct StoreFiles {
    /// The database, by its real name (``StorePath``).
    let path: String

    init(_ path: String) { self.path = path }

    /// The folder that it lies in.
    var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    var log: String { path + "-wal" }
    var uploads: String { path + ".uploads" }
    var segments: String { path + ".segments" }
    var mark: String { uploads + "/mark" }
    /// Digests of the database's pages (``PageTable``).
    var pages: String { uploads + "/pages" }
    var folders: [String] { [uploads, segments] }

    var databaseExists: Bool { FileIdentity(path) != nil }

    /// What of a store is there, if anything; empty folders count for nothing.
    var found: String? {
        for name in [path, log] where FileStatus.isTaken(name) { return name }
        // One that cannot be read may hold anything.
        return folders.first { FileIdentity($0) != nil && Self.readNames(in: $0)?.isEmpty != true }
    }

    /// What is in a folder, for those who look for leftovers: where it cannot be read none are found, and none are removed.
    static func names(in folder: String) -> [String] { readNames(in: folder) ?? [] }

    /// Nothing where the folder is not there, or cannot be read.
    private static func readNames(in folder: String) -> [String]? {
        // Which of the two it is each caller knows better.
        try? FileManager.default.contentsOfDirectory(atPath: folder)
    }

    /// Makes a folder that only its owner can read, if it is not there.
    ///
    /// - Returns: whether it was made.
    @discardableResult
    static func makeFolder(_ path: String) throws(StoreError) -> Bool {
        try StoreError.wrapping("cannot make \(path)") { () throws(DurableFileError) in
            try FileNames.makeFolder(path)
        }
    }

    /// A name beside the database that nothing has, and an empty file of that name.
    func makeUnfinished() throws(StoreError) -> String {
        let name = path + ".unfinished-" + String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try StoreError.wrapping("cannot make \(path)") { () throws(DurableFileError) in
            try OpenFile(name, for: .writingNew)
        }
        return name
    }

    /// Gives the finished database its name, unless something has that name, and waits for the disk.
    ///
    /// - Throws: `StoreError.exists`.
    func publish(_ unfinished: String) throws(StoreError) {
        try StoreError.wrapping(unfinished) { () throws(DurableFileError) in
            try OpenFile(unfinished, for: .writing).synchronize()
        }
        do throws(DurableFileError) { try FileNames.link(unfinished, to: path) } catch {
            throw error.cause == .exists ? .exists(path) : StoreError("cannot make \(path)", error)
        }
        // A second name that cannot be removed takes no room of its own.
        _ = try? FileNames.remove(unfinished)
        try StoreError.wrapping(folder) { () throws(DurableFileError) in try FileNames.synchronize(folder: folder) }
    }
}
