import Foundation

/// Keeps a second process from the same files; the system releases it when the process ends, however it ends.
///
/// The lock's file has a mark, by which one that a crash left behind is known. Whatever else has its name is somebody's:
/// it is no lock, and stays as it is. An empty file, an earlier version's lock, is used and stays.
package final class FileLock: Sendable {
    private let path: String
    private let descriptor: Int32
    private let isOurs: Bool

    private static let mark = Array("populus lock\n".utf8)

    /// Takes the lock of a file that exists for it alone, or returns nil if another process has it.
    package init?(path: String) throws(DurableFileError) {
        while true {
            let new = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard new >= 0 || errno == EEXIST else { throw DurableFileError(path: path) }
            let descriptor = new >= 0 ? new : open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else {
                if errno == ENOENT { continue }
                throw errno == ELOOP ? Self.foreign(path) : DurableFileError(path: path)
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let reason = errno
                close(descriptor)
                guard reason == EWOULDBLOCK else {
                    errno = reason
                    throw DurableFileError(path: path)
                }
                return nil
            }
            // Whoever held it before may have removed the file in the meantime: then this is no lock any more.
            var held = stat()
            var named = stat()
            guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino else {
                close(descriptor)
                continue
            }
            guard let isOurs = Self.isOurs(descriptor, held, isNew: new >= 0) else {
                close(descriptor)
                throw Self.foreign(path)
            }
            self.path = path
            self.descriptor = descriptor
            self.isOurs = isOurs
            return
        }
    }

    /// Whether the file is a lock that goes when it is released; nil if it is none.
    private static func isOurs(_ descriptor: Int32, _ file: stat, isNew: Bool) -> Bool? {
        if isNew { return write(descriptor, mark, mark.count) == mark.count }
        guard file.st_mode & S_IFMT == S_IFREG else { return nil }
        if file.st_size == 0 { return false }
        var found = [UInt8](repeating: 0, count: mark.count + 1)
        return pread(descriptor, &found, found.count, 0) == mark.count && found.starts(with: mark) ? true : nil
    }

    private static func foreign(_ path: String) -> DurableFileError {
        DurableFileError(path: path, reason: "is there already and is no lock of Populus; it is left as it is")
    }

    deinit {
        if isOurs { unlink(path) }
        close(descriptor)
    }
}
