import PopulusDurableFiles
import PopulusTaskFiles

/// The file with the token that a client shows when it uploads.
///
/// Not an option's value: every user of a machine sees the arguments of its processes.
enum UploadTokenFile {
    /// A token and the end of its line; what is longer is another file.
    private static let longest = 4096

    /// Reads the token: the file's one line.
    static func read(_ path: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: longest) } catch {
            throw CommandFailure(.noInput, "\(path): the upload token cannot be read: \(error.reason)")
        }
        guard let bytes else {
            throw CommandFailure(
                .noInput, "\(path): no such file; the Leader's operator makes a token with `populus task tokens add`")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let token = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard bytes.count <= longest, TaskFile.isToken(token) else {
            throw CommandFailure(
                .data,
                "\(path): no upload token: the file has one line with the token alone, as `populus task tokens add` "
                    + "writes it, and none of the task's files is meant")
        }
        return token
    }
}
