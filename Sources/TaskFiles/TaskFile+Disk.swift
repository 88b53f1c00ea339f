import DAP
import Foundation

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
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .notFound(path: path)
            case EACCES, EPERM: throw .permissionDenied(path: path)
            default: throw .unreadable(path: path, reason: String(cString: strerror(errno)))
            }
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= greatestSize {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else {
                let isFolder = errno == EISDIR
                let advice = isFolder ? "; give one of the files in it, such as client.json" : ""
                throw .unreadable(path: path, reason: String(cString: strerror(errno)) + advice)
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
        throw .malformed(path: path, reason: "it is too large")
    }

    /// Writes the file so that its owner alone can read it, completely or not at all.
    ///
    /// Where the path is a link the file that it leads to is replaced, and the link stays.
    ///
    /// - Parameter replacing: whether an existing task file may be replaced; nothing else ever is.
    package func write(to path: String, replacing: Bool) throws(TaskFileError) {
        if replacing { try Self.checkReplaceable(path) }
        let path = replacing ? Self.withoutLinks(path) : path
        // A name of its own: what has the plain one may be somebody's.
        let temporary = path + ".\(UInt32.random(in: 0 ... .max)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.writeError(path) }
        var failed = false
        do {
            defer { if close(descriptor) != 0 { failed = true } }
            var rest = encoded()[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else {
                    unlink(temporary)
                    throw Self.writeError(path)
                }
                rest = rest.dropFirst(count)
            }
            failed = fsync(descriptor) != 0
        }
        // A link fails where a rename would replace what another process wrote meanwhile.
        if failed || (replacing ? rename(temporary, path) : link(temporary, path)) != 0 {
            let code = errno
            unlink(temporary)
            errno = code
            throw Self.writeError(path)
        }
        unlink(temporary)
    }

    /// Refuses to replace what is there and is no task file, of whichever version.
    package static func checkReplaceable(_ path: String) throws(TaskFileError) {
        struct Format: Decodable { let format: String }
        var information = stat()
        guard stat(path, &information) == 0 else { return }
        if information.st_mode & S_IFMT == S_IFREG {
            if information.st_size == 0 { return }
            // What cannot be read as one is not known to be one, and stays.
            if information.st_size <= greatestSize, let bytes = try? contents(of: path),
                let found = try? JSONDecoder().decode(Format.self, from: Data(bytes)),
                found.format.hasPrefix("populus-task/")
            {
                return
            }
        }
        throw .unwritable(
            path: path,
            reason: "it is there and is no task file, so that it stays; choose another directory, or move it away"
        )
    }

    private static func withoutLinks(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    private static func writeError(_ path: String) -> TaskFileError {
        switch errno {
        case EEXIST: .exists(path: path)
        case EACCES, EPERM: .unwritable(path: path, reason: "permission denied; choose a directory of your own")
        case ENOSPC, EDQUOT: .unwritable(path: path, reason: "the disk is full")
        default: .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Whether others than the owner can read a file that holds secrets.
    package static func isExposed(_ path: String) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else { return false }
        return information.st_mode & 0o077 != 0
    }
}
