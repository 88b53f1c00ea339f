import Foundation

/// Keeps a second process from the same files; the system releases it when the process ends, however it ends.
package final class FileLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes the lock of a file that exists for it alone, or returns nil if another process has it.
    package init?(path: String) throws(DurableFileError) {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw DurableFileError(path: path) }
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
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
                self.path = path
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }
}
