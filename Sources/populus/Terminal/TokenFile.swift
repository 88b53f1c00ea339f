import Foundation
import PopulusDurableFiles
import PopulusTaskFiles

/// A file with a token and nothing else.
///
/// Not an option's value: every user of a machine sees the arguments of its processes.
enum TokenFile {
    /// A token and the end of its line; what is longer is another file.
    private static let longest = 4096

    /// Reads the token: the file's one line.
    ///
    /// Where others can read it standard error says so.
    ///
    /// - Parameters:
    ///   - what: what it is called, such as "upload token".
    ///   - command: which command writes such a file.
    ///   - isShared: whether many have it, as an upload token that is in every copy of an app.
    static func read(
        _ path: String, _ what: String, madeBy command: String, isShared: Bool = false
    ) throws(CommandFailure) -> String {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: longest) } catch {
            throw CommandFailure(.noInput, "\(path): the \(what) cannot be read: \(error.reason)")
        }
        guard let bytes else {
            throw CommandFailure(.noInput, "\(path): no such file; an operator makes a token with `\(command)`")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let token = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard bytes.count <= longest, TaskFile.isToken(token) else {
            throw CommandFailure(
                .data,
                "\(path): no \(what): the file has one line with the token alone, as `\(command)` writes it, and none of the "
                    + "task's files is meant")
        }
        if !isShared, TaskFile.isExposed(path) {
            StandardStream.error.write("warning: others can read \(path): chmod 600 \(ShellWord.quoted(path))\n")
        }
        return token
    }
}

extension StandardStream {
    /// Whether it is a file that others than its owner can read.
    var leadsToExposedFile: Bool {
        var status = stat()
        guard fstat(self == .output ? STDOUT_FILENO : STDERR_FILENO, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o077 != 0
    }
}
