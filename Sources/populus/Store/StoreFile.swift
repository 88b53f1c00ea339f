import ArgumentParser
import DAP
import Foundation

/// Where an aggregator keeps what it must never forget: one file for all tasks of its role.
struct StoreLocation: Sendable {
    /// The SQLite file.
    let file: String
    /// The folder that was named instead of a file.
    private let folder: String?

    /// A folder is what exists as one, or ends with a slash; the file in it has the role's name.
    init(_ path: String, role: Role) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        let isFolder = exists ? isDirectory.boolValue : path.hasSuffix("/")
        folder = isFolder ? path : nil
        file = isFolder ? "\(path)\(path.hasSuffix("/") ? "" : "/")\(role.name).sqlite" : path
    }

    /// Refuses what names no file on a disk, before anything is made.
    static func validate(_ path: String) throws {
        let example = "--store takes the path of a file, such as leader.sqlite"
        if path.isEmpty { throw ValidationError("\(example); this name is empty") }
        if path == ":memory:" || path.lowercased().hasPrefix("file:") {
            throw ValidationError("\(example); \(path) is SQLite's name for something else")
        }
    }

    /// Makes the folder, if one was named that is not there.
    func makeFolder() throws(CommandFailure) {
        guard let folder else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(folder): the folder for the store cannot be made: \(error.localizedDescription)")
        }
    }

    /// Where node state goes that finds no room in memory, for all tasks: the folder of the segments.
    var spillDirectory: String { URL(fileURLWithPath: file).resolvingSymlinksInPath().path + ".segments" }
}
