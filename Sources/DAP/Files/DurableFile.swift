import Foundation

/// Replaces a file as a whole: whoever reads it finds the old bytes or the new ones, also after a crash.
package enum DurableFile {
    /// Writes `bytes` to `path`.
    ///
    /// - Parameters:
    ///   - mode: who may read it, as far as the process's mask lets them.
    ///   - durable: whether to wait until the disk has the bytes and the name.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t = 0o600, durable: Bool
    ) throws(DurableFileError) {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw DurableFileError(path: temporary) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(file, temporary) }
            rest = rest.dropFirst(count)
        }
        if durable, fsync(file) != 0 { throw failure(file, temporary) }
        guard close(file) == 0, rename(temporary, path) == 0 else { throw DurableFileError(path: path) }
        if durable { try syncFolder(of: path) }
    }

    /// Removes a file; a file that is not there is no error.
    package static func remove(_ path: String) throws(DurableFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw DurableFileError(path: path) }
        try syncFolder(of: path)
    }

    private static func syncFolder(of path: String) throws(DurableFileError) {
        let name = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DurableFileError(path: name) }
        guard fsync(folder) == 0 else { throw failure(folder, name) }
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
    /// The file or folder.
    package let path: String
    /// What the system said.
    package let reason: String

    /// An error with the system's latest reason.
    init(path: String) {
        reason = String(cString: strerror(errno))
        self.path = path
    }

    package var description: String { "\(path): \(reason)" }
}
