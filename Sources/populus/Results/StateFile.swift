import PopulusDAP

/// The path of a state file, checked before anything is made beside it.
enum StateFile {
    /// The file itself, where the path is a link: the link stays.
    ///
    /// What is there and is no state is refused when it is read; here only what is no file at all.
    static func path(_ given: String) throws(CommandFailure) -> String {
        let path = OutputPath(given)
        switch path.content {
        case .nothing, .emptyFile, .file: return path.real
        case .folder:
            throw CommandFailure(
                .cannotCreate, "\(given): is a folder; give --state a file in it, such as \(given)/walk.json")
        case .stream:
            throw CommandFailure(
                .cannotCreate, "\(given): is a pipe or a device, and a state must be read again; give --state a file")
        }
    }
}
