/// Keeps a second process from the same files; the system releases it when the process ends, however it ends.
///
/// The lock's file has a mark, by which one that a crash left behind is known. Whatever else has its name is somebody's:
/// it is no lock, and stays as it is. An empty file, an earlier version's lock, is used and stays.
package final class FileLock: Sendable {
    private let file: OpenFile
    private let isOurs: Bool

    private static let mark = Array("populus lock\n".utf8)

    /// Takes the lock of a file that exists for it alone, or returns nil if another process has it.
    package init?(path: String) throws(DurableFileError) {
        while true {
            guard let (file, isNew) = try Self.open(path) else { continue }
            guard try file.lock() else { return nil }
            // Whoever held it before may have removed the file in the meantime: then this is no lock any more.
            let held = try file.status
            guard held.identity == FileIdentity(path) else { continue }
            guard let isOurs = try Self.isOurs(file, held, isNew: isNew) else { throw Self.foreign(path) }
            self.file = file
            self.isOurs = isOurs
            return
        }
    }

    /// Makes the file, or opens what is there; nil where it went in between.
    private static func open(_ path: String) throws(DurableFileError) -> (file: OpenFile, isNew: Bool)? {
        do throws(DurableFileError) {
            return (try OpenFile(path, .writingNew), true)
        } catch {
            guard error.cause == .exists else { throw error }
        }
        do throws(DurableFileError) {
            return (try OpenFile(path, .writingNoLink), false)
        } catch {
            switch error.cause {
            case .missing: return nil
            case .link: throw foreign(path)
            default: throw error
            }
        }
    }

    /// Whether the file is a lock that goes when it is released; nil if it is none.
    private static func isOurs(
        _ file: OpenFile, _ status: FileStatus, isNew: Bool
    ) throws(DurableFileError) -> Bool? {
        if isNew {
            do throws(DurableFileError) { try file.write(mark, at: 0) } catch {
                // Without its mark it is good for a lock all the same, and stays as an empty one does.
                return false
            }
            return true
        }
        guard status.kind == .file else { return nil }
        if status.size == 0 { return false }
        return try file.read(mark.count + 1, at: 0) == mark ? true : nil
    }

    private static func foreign(_ path: String) -> DurableFileError {
        DurableFileError(
            .lock, path, cause: .exists, reason: "is there already and is no lock of Populus; it is left as it is")
    }

    deinit {
        // While it is still locked. One that cannot be removed is known by its mark, and used again.
        if isOurs { _ = SystemCalls.removeFile(file.path) }
    }
}
