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
        let (file, temporary) = try newFile(beside: path, mode: mode)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(file, temporary, removed: true) }
            rest = rest.dropFirst(count)
        }
        if durable, fsync(file) != 0 { throw failure(file, temporary, removed: true) }
        guard close(file) == 0, rename(temporary, path) == 0 else {
            let error = DurableFileError(path: path)
            unlink(temporary)
            throw error
        }
        if durable { try syncFolder(of: path) }
    }

    /// Makes a file that was not there: what has its name, a link too, is somebody's.
    private static func newFile(
        beside path: String, mode: mode_t
    ) throws(DurableFileError) -> (file: Int32, name: String) {
        for attempt in 1...8 {
            let name = attempt == 1 ? path + ".new" : path + ".\(UInt32.random(in: 0 ... .max)).new"
            let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            if file >= 0 { return (file, name) }
            guard errno == EEXIST else { throw DurableFileError(path: name) }
        }
        throw DurableFileError(path: path + ".new")
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

    private static func failure(_ file: Int32, _ path: String, removed: Bool = false) -> DurableFileError {
        let error = DurableFileError(path: path)
        close(file)
        if removed { unlink(path) }
        return error
    }
}

/// A file could not be written.
package struct DurableFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or folder.
    package let path: String
    /// What the system said.
    package let reason: String

    /// An error with the system's latest reason, unless another is given.
    init(path: String, reason: String = String(cString: strerror(errno))) {
        self.reason = reason
        self.path = path
    }

    package var description: String { "\(path): \(reason)" }
}
