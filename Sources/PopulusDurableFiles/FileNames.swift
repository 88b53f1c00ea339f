/// Names of files: given, taken away, and made durable.
///
/// The names of a folder's files are the folder's contents: they outlast a crash once the folder itself was synchronised.
package enum FileNames {
    /// Gives a file another name, in place of what has it.
    package static func rename(_ path: String, to name: String) throws(DurableFileError) {
        try check(.rename, name, SystemCalls.move(path, to: name))
    }

    /// Gives a file a further name.
    ///
    /// - Throws: `exists` where something has it.
    package static func link(_ path: String, to name: String) throws(DurableFileError) {
        try check(.link, name, SystemCalls.nameAlso(path, name))
    }

    /// Removes a file; a file that is not there is no error.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package static func remove(_ path: String) throws(DurableFileError) -> Bool {
        do throws(DurableFileError) {
            try check(.remove, path, SystemCalls.removeFile(path))
            return true
        } catch {
            guard error.cause == .missing else { throw error }
            return false
        }
    }

    /// Waits until the names of a folder's files are on the disk.
    package static func synchronize(folder: String) throws(DurableFileError) {
        let open = try OpenFile(folder, .folder)
        try open.synchronize()
    }

    /// The folder that a path's last name is in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    // MARK: Folders

    /// Makes a folder for its owner only, if it is not there.
    ///
    /// - Returns: whether it was made.
    @discardableResult
    package static func makeFolder(_ path: String) throws(DurableFileError) -> Bool {
        do throws(DurableFileError) {
            try check(.folder, path, SystemCalls.makeFolder(path, permissions: 0o700))
            return true
        } catch {
            guard error.cause == .exists else { throw error }
            return false
        }
    }

    /// Removes an empty folder.
    package static func remove(folder path: String) throws(DurableFileError) {
        try check(.folder, path, SystemCalls.removeFolder(path))
    }

    // MARK: Who may

    /// Why this process cannot write what has the name; nil if it can.
    package static func whyUnwritable(_ path: String) -> DurableFileError? {
        let answer = SystemCalls.mayWrite(path, entering: false)
        return answer < 0 ? DurableFileError(.look, path, answer: answer) : nil
    }

    /// Why this process cannot make a file in a folder; nil if it can.
    package static func whyNoneCanBeMade(in folder: String) -> DurableFileError? {
        let answer = SystemCalls.mayWrite(folder, entering: true)
        return answer < 0 ? DurableFileError(.look, folder, answer: answer) : nil
    }

    private static func check(
        _ operation: DurableFileError.Operation, _ path: String, _ answer: Int
    ) throws(DurableFileError) {
        guard answer >= 0 else { throw DurableFileError(operation, path, answer: answer) }
    }
}
