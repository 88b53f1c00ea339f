import Foundation
import PopulusDAP
import PopulusDurableFiles

extension TaskFile {
    /// Far more than any task file has.
    private static let greatestSize = 1 << 20

    /// Reads a role's file.
    package init(readingFrom path: String, as role: Role) throws(TaskFileError) {
        try self.init(readingFrom: path)
        guard self.role == role else { throw .wrongRole(path: path, expected: role, found: self.role) }
    }

    /// Reads any role's file.
    package init(readingFrom path: String) throws(TaskFileError) {
        try self.init(decoding: Self.contents(of: path), path: path)
        do throws(AggregatorURLsError) {
            try checkURLs()
        } catch {
            throw .malformed(path: path, reason: ForeignText.escaped(error.description))
        }
    }

    private static func contents(of path: String) throws(TaskFileError) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(DurableFileError) {
            bytes = try DurableFile.read(path, limit: greatestSize)
        } catch {
            switch error.cause {
            case .denied, .notPermitted: throw .permissionDenied(path: path)
            case .folder:
                let advice = "; give one of the files in it, such as client.json"
                throw .unreadable(path: path, reason: error.reason + advice)
            default: throw .unreadable(path: path, reason: error.reason)
            }
        }
        guard let bytes else { throw .notFound(path: path) }
        guard bytes.count <= greatestSize else { throw .malformed(path: path, reason: "it is too large") }
        return bytes
    }

    /// Writes the file so that its owner alone can read it, completely or not at all, and waits for the disk.
    ///
    /// Where the path is a link the file that it leads to is replaced, and the link stays.
    ///
    /// - Parameter replacing: whether an existing task file may be replaced; nothing else ever is.
    package func write(to path: String, replacing: Bool) throws(TaskFileError) {
        if replacing { try Self.checkReplaceable(path) }
        do throws(DurableFileError) {
            if replacing {
                try DurableFile.write(encoded(), to: Self.withoutLinks(path), durable: true)
            } else {
                try DurableFile.make(encoded(), at: path)
            }
        } catch {
            switch error.cause {
            case .exists: throw .exists(path: path)
            case .denied, .notPermitted:
                throw .unwritable(path: path, reason: "permission denied; choose a directory of your own")
            case .full: throw .unwritable(path: path, reason: "the disk is full")
            default: throw .unwritable(path: path, reason: error.reason)
            }
        }
    }

    /// Refuses to replace what is there and is no task file, of whichever version.
    package static func checkReplaceable(_ path: String) throws(TaskFileError) {
        let status: FileStatus
        do throws(DurableFileError) { status = try FileStatus(of: path) } catch {
            // What cannot be looked at is not there, or shows itself when it is written.
            return
        }
        if status.kind == .file, status.size == 0 || isTaskFile(path) { return }
        throw .unwritable(
            path: path,
            reason: "it is there and is no task file, so that it stays; choose another directory, or move it away"
        )
    }

    private static func isTaskFile(_ path: String) -> Bool {
        struct Format: Decodable { let format: String }
        // What cannot be read, or is no JSON, is none.
        guard let bytes = try? contents(of: path),
            let found = try? JSONDecoder().decode(Format.self, from: Data(bytes))
        else { return false }
        return found.format.hasPrefix("populus-task/")
    }

    /// The path itself where nothing is there, or a link that leads nowhere.
    private static func withoutLinks(_ path: String) -> String {
        do throws(DurableFileError) { return try RealPath.ofWhatIsThere(path) } catch { return path }
    }

    /// Whether others than the owner and root can read a file that holds secrets.
    ///
    /// A group's right to read is none of others where the group is root's. systemd's credentials have it: they are root's
    /// files, and the one service that reads them stands in an access list, which shows as the right of the group.
    package static func isExposed(_ path: String) -> Bool {
        do throws(DurableFileError) {
            let status = try FileStatus(of: path)
            return status.permissions & (status.group == 0 ? 0o037 : 0o077) != 0
        } catch {
            // Nobody reads what is not there.
            return false
        }
    }

    /// Whether others than the owner and root can write a file that says who may do what.
    package static func isWritableByOthers(_ path: String) -> Bool {
        do throws(DurableFileError) {
            let status = try FileStatus(of: path)
            return status.permissions & (status.group == 0 ? 0o002 : 0o022) != 0
        } catch {
            // Nobody writes what is not there.
            return false
        }
    }
}
