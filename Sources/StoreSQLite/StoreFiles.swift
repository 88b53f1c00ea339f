import Aggregator
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
    var folders: [String] { [uploads, segments] }

    var databaseExists: Bool { FileIdentity(path) != nil }

    /// What of a store is there, if anything; empty folders count for nothing.
    var found: String? {
        var status = stat()
        for name in [path, log] where lstat(name, &status) == 0 { return name }
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
        guard mkdir(path, 0o700) != 0 else { return true }
        guard errno == EEXIST else { throw StoreError("cannot make \(path)", errno: errno) }
        return false
    }

    /// A name beside the database that nothing has, and an empty file of that name.
    func makeUnfinished() throws(StoreError) -> String {
        let name = path + ".unfinished-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError("cannot make \(path)", errno: errno) }
        close(descriptor)
        return name
    }

    /// Gives the finished database its name, unless something has that name, and waits for the disk.
    ///
    /// - Throws: `StoreError.exists`.
    func publish(_ unfinished: String) throws(StoreError) {
        try Self.synchronize(unfinished, flags: O_RDWR)
        guard link(unfinished, path) == 0 else {
            throw errno == EEXIST ? .exists(path) : StoreError("cannot make \(path)", errno: errno)
        }
        unlink(unfinished)
        try Self.synchronize(folder, flags: O_RDONLY)
    }

    private static func synchronize(_ name: String, flags: Int32) throws(StoreError) {
        let descriptor = open(name, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(name, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(name, errno: errno) }
    }
}
