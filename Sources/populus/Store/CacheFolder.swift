import Foundation
import PopulusDAP
import PopulusDurableFiles

/// The folder in which a server with a database keeps what it can make again: segments, node state, and marks of how far it was.
///
/// It holds opened shares, so it is its owner's alone.
struct CacheFolder: Sendable {
    /// Its one name, whatever link led to it.
    let path: String

    /// What systemd calls the folder that a unit's `CacheDirectory=` makes.
    static let variable = "CACHE_DIRECTORY"

    /// Finds the folder that is meant and makes it where it is not there.
    ///
    /// - Parameter given: with `--cache`; if none was, systemd's is taken.
    /// - Throws: `CommandFailure` where there is none, where there are several, or where others may look into it.
    init(
        _ given: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(CommandFailure) {
        let path = if let given { given } else { try Self.systemds(environment) }
        let (name, found): (String, FileStatus)
        do throws(DurableFileError) {
            _ = try FileNames.makeFolder(path)
            (name, found) = (try RealPath.ofWhatIsThere(path), try FileStatus(of: path))
        } catch {
            throw CommandFailure(
                .cannotCreate, "\(path): the folder for segments and node state cannot be made: \(error.reason)")
        }
        guard found.kind == .folder else { throw CommandFailure(.cannotCreate, "\(path): --cache takes a folder") }
        guard found.permissions & 0o077 == 0 else {
            throw CommandFailure(.permission, Self.exposed(path, isSystemds: given == nil))
        }
        self.path = name
    }

    private static func systemds(_ environment: [String: String]) throws(CommandFailure) -> String {
        let found = (environment[variable] ?? "").split(separator: ":").map(String.init)
        guard found.count <= 1 else {
            throw CommandFailure(
                .data, "\(variable) names \(found.count) folders: say with --cache which one is this server's")
        }
        guard let only = found.first else {
            throw CommandFailure(
                .data,
                "with a database the server needs a folder on a local disk for what it can make again (segments, node state): give "
                    + "it with --cache DIR, such as --cache /var/cache/populus, or CacheDirectory= in a systemd unit. "
                    + "It is this server's alone, and needs the room of the segments: see *Disk, per report* in the "
                    + "operator's guide")
        }
        return only
    }

    private static func exposed(_ path: String, isSystemds: Bool) -> String {
        let unit = isSystemds ? ", and have CacheDirectoryMode=0700 in the unit" : ""
        return
            "\(path): others may look into this folder, and it is to hold opened shares: chmod 700 \(ShellWord.quoted(path))"
            + unit
    }
}
