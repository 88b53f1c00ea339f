/// The file with the token that a client shows when it uploads.
enum UploadTokenFile {
    /// Reads the token: the file's one line.
    static func read(_ path: String) throws(CommandFailure) -> String {
        try TokenFile.read(path, "upload token", madeBy: "populus task tokens add", isShared: true)
    }
}
