import ArgumentParser
import DAP
import Foundation

/// Where a process keeps its tasks' stores: in one file for one task, or in a folder with a file for each.
struct StoreLocation: Sendable {
    private let path: String
    private let isFolder: Bool

    /// A folder is what exists as one, ends with a slash, or is to hold the stores of several tasks.
    init(_ path: String, tasks: Int) throws(CommandFailure) {
        self.path = path
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        isFolder = exists ? isDirectory.boolValue : (tasks > 1 || path.hasSuffix("/"))
        guard isFolder || tasks == 1 else {
            throw CommandFailure(
                .data,
                "\(path): this is a file, the store of one task; the stores of \(tasks) tasks are files in a folder, whose "
                    + "name --store takes then")
        }
    }

    /// Refuses what names no file on a disk, before anything is made.
    static func validate(_ path: String) throws {
        let example = "--store takes the path of a file, such as leader.sqlite"
        if path.isEmpty { throw ValidationError("\(example); this name is empty") }
        if path == ":memory:" || path.lowercased().hasPrefix("file:") {
            throw ValidationError("\(example); \(path) is SQLite's name for something else")
        }
    }

    /// Makes the folder, if it is to be one and is not there.
    func makeFolder() throws(CommandFailure) {
        guard isFolder else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(path): the folder for the stores cannot be made: \(error.localizedDescription)")
        }
    }

    /// Where node state goes that finds no room in memory, for all tasks: the folder, or the segments' beside the one file.
    var spillDirectory: String {
        isFolder ? path : URL(fileURLWithPath: path).resolvingSymlinksInPath().path + ".segments"
    }

    /// The file of a task's store.
    func file(of task: TaskID, role: Role) -> String {
        guard isFolder else { return path }
        return (path.hasSuffix("/") ? path : path + "/") + "\(role.fileName)-\(task).sqlite"
    }
}
