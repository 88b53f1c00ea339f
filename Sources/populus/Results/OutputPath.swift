import Foundation

/// A path that an option gives to write to: which file that is, and what is there.
struct OutputPath {
    /// What is at a path.
    enum Content: Hashable {
        case nothing
        case emptyFile
        case file
        case folder
        /// A pipe, a terminal, a device: written to, never replaced.
        case stream
    }

    /// As it was given.
    let given: String
    /// The file itself, where the path or a folder in it is a link.
    let real: String
    let content: Content
    private let identity: Identity?
    /// Who may read what is there.
    let mode: mode_t?
    /// When it was last written, in seconds since the Epoch.
    let modified: UInt64?

    private struct Identity: Hashable {
        var device: dev_t
        var inode: ino_t
    }

    init(_ path: String) {
        given = path
        real = Self.real(path)
        var information = stat()
        guard stat(path, &information) == 0 else {
            (content, identity, mode, modified) = (.nothing, nil, nil, nil)
            return
        }
        identity = Identity(device: information.st_dev, inode: information.st_ino)
        mode = information.st_mode & 0o777
        modified = UInt64(exactly: information.st_mtim.tv_sec)
        switch information.st_mode & S_IFMT {
        case S_IFREG: content = information.st_size == 0 ? .emptyFile : .file
        case S_IFDIR: content = .folder
        default: content = .stream
        }
    }

    /// Whether another path is the same file, by whatever name.
    func isSame(as other: OutputPath) -> Bool {
        real == other.real || identity != nil && identity == other.identity
    }

    /// Whether it is what a file descriptor of this process leads to, as `/dev/stdout` is.
    func isDescriptor(_ descriptor: Int32) -> Bool {
        var information = stat()
        guard let identity, fstat(descriptor, &information) == 0 else { return false }
        return identity == Identity(device: information.st_dev, inode: information.st_ino)
    }

    /// The first bytes of what is there; nil if it cannot be read.
    func beginning(_ count: Int) -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: real) else { return nil }
        // It was only read: a close that fails loses nothing.
        defer { try? handle.close() }
        // What cannot be read is not known to be ours, and is left alone.
        return (try? handle.read(upToCount: count)).map { $0.map(Array.init) ?? [] }
    }

    /// Why no file can be made beside it; nil if one can.
    var whyNoneCanBeMade: String? {
        let folder = NSString(string: real).deletingLastPathComponent
        return access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 ? nil : String(cString: strerror(errno))
    }

    /// Why what is there cannot be written to; nil if it can.
    var whyUnwritable: String? { access(real, W_OK) == 0 ? nil : String(cString: strerror(errno)) }

    /// The path without links, also where the last of them leads to a file that is not there.
    private static func real(_ path: String, links: Int = 0) -> String {
        if let found = realpath(path, nil) {
            defer { free(found) }
            return String(cString: found)
        }
        let folder = NSString(string: path).deletingLastPathComponent
        let name = NSString(string: path).lastPathComponent
        // What is no link has no target: it is the file itself.
        if links < 40, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            let next = target.hasPrefix("/") ? target : NSString(string: folder).appendingPathComponent(target)
            return real(next, links: links + 1)
        }
        guard let found = realpath(folder.isEmpty ? "." : folder, nil) else { return path }
        defer { free(found) }
        return NSString(string: String(cString: found)).appendingPathComponent(name)
    }
}
