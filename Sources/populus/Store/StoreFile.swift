import Foundation
import PopulusDAP

/// The SQLite file of a role's stores, as it was named.
struct StoreFile: Sendable {
    let path: String
    /// The folder that was named instead of a file.
    private let folder: String?

    /// A folder is what exists as one, or ends with a slash; the file in it has the role's name.
    init(_ path: String, role: Role) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        let isFolder = exists ? isDirectory.boolValue : path.hasSuffix("/")
        folder = isFolder ? path : nil
        self.path = isFolder ? "\(path)\(path.hasSuffix("/") ? "" : "/")\(role.name).sqlite" : path
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
    var spillDirectory: String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path + ".segments" }
}
