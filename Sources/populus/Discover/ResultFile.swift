import DAP
import Foundation

/// Where a result goes, checked before anything is asked.
struct ResultFile {
    /// The path as it was given.
    let path: String
    private let isReplaced: Bool

    /// - Parameter path: `-` is standard output.
    init(_ path: String) throws {
        self.path = path
        guard path != "-" else {
            isReplaced = false
            return
        }
        var information = stat()
        let exists = stat(path, &information) == 0
        guard !exists || information.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(.cannotCreate, "\(path): is a folder; give --csv a file in it")
        }
        // Anything else than a file, such as a pipe, is written to and not replaced.
        isReplaced = !exists || information.st_mode & S_IFMT == S_IFREG
        let writable = !exists || access(path, W_OK) == 0
        guard writable, !isReplaced || Self.canCreate(beside: Self.resolved(path)) else {
            throw CommandFailure(
                .cannotCreate,
                "\(path): cannot be written: \(String(cString: strerror(errno))); give --csv another file")
        }
    }

    var isStandardOutput: Bool { path == "-" }

    func write(_ bytes: [UInt8]) throws {
        if isStandardOutput {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } else if isReplaced {
            try DurableFile.write(bytes, to: Self.resolved(path), mode: 0o666, durable: true)
        } else {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.write(contentsOf: Data(bytes))
            try handle.close()
        }
    }

    /// The file itself where the path is a link to one.
    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    private static func canCreate(beside path: String) -> Bool {
        let name = path + ".new"
        let descriptor = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        unlink(name)
        return true
    }
}
