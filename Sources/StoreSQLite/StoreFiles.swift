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
    /// The database.
    let path: String

    init(_ path: String) { self.path = path }

    /// Where a database is while it is made.
    var unfinished: String { path + ".unfinished" }
    var folders: [String] { [path + ".uploads", path + ".segments"] }

    var databaseExists: Bool { FileManager.default.fileExists(atPath: path) }

    /// What of a store is there, if anything; empty folders count for nothing.
    var found: String? {
        for name in [path, path + "-wal"] where FileManager.default.fileExists(atPath: name) { return name }
        return folders.first { ((try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []).isEmpty == false }
    }

    /// Gives the finished database its name, unless something has that name, and waits for the disk.
    ///
    /// - Throws: `StoreError.exists`.
    func publish() throws(StoreError) {
        try Self.synchronize(unfinished, flags: O_RDWR)
        guard link(unfinished, path) == 0 else {
            throw errno == EEXIST ? .exists(path) : .database("\(path): \(String(cString: strerror(errno)))")
        }
        unlink(unfinished)
        try Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path, flags: O_RDONLY)
    }

    private static func synchronize(_ name: String, flags: Int32) throws(StoreError) {
        let descriptor = open(name, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw .database("\(name): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .database("\(name): \(String(cString: strerror(errno)))") }
    }
}
