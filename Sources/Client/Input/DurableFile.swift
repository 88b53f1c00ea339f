import Foundation

/// Replaces a file as a whole: whoever reads it finds the old bytes or the new ones, also after a crash.
package enum DurableFile {
    /// Writes `bytes` to `path` with mode 0600.
    ///
    /// - Parameter durable: whether to wait until the disk has the bytes and the name.
    package static func write(_ bytes: [UInt8], to path: String, durable: Bool) throws(DurableFileError) {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFileError(path: path) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress?.advanced(by: written), $0.count - written, off_t(written)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(file, path) }
            written += count
        }
        if durable, fsync(file) != 0 { throw failure(file, path) }
        guard close(file) == 0, rename(temporary, path) == 0 else { throw DurableFileError(path: path) }
        if durable { try syncFolder(of: path) }
    }

    /// Removes a file; a file that is not there is no error.
    package static func remove(_ path: String) throws(DurableFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw DurableFileError(path: path) }
        try syncFolder(of: path)
    }

    private static func syncFolder(of path: String) throws(DurableFileError) {
        let folder = open((path as NSString).deletingLastPathComponent.isEmpty ? "." : (path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DurableFileError(path: path) }
        guard fsync(folder) == 0 else { throw failure(folder, path) }
        close(folder)
    }

    private static func failure(_ file: Int32, _ path: String) -> DurableFileError {
        let error = DurableFileError(path: path)
        close(file)
        return error
    }
}

/// A file could not be written.
package struct DurableFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    package var path: String
    /// What the system said.
    package var reason: String

    /// An error with the system's latest reason.
    init(path: String) {
        let reason = String(cString: strerror(errno))
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}
