/// The one name of a file, whatever link leads to it.
package enum RealPath {
    private static let mostLinks = 40

    /// Why a path has no such name.
    package enum Failure: Error, Hashable, Sendable {
        /// It ends with no name that a file can have.
        case noName(String)
        case tooManyLinks(String)
        /// The folder that it leads to cannot be entered, or is not there.
        case folder(DurableFileError)
    }

    /// The absolute path with every link followed; there must be something.
    package static func ofWhatIsThere(_ path: String) throws(DurableFileError) -> String {
        let (found, code) = SystemCalls.realPath(path)
        guard let found else { throw DurableFileError(.look, path, code: code) }
        return found
    }

    /// The same for a file that may not be there: the last link may lead to nothing, its folder has to be there.
    package static func of(_ path: String) throws(Failure) -> String {
        var path = path
        for _ in 0..<mostLinks {
            let name = String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
            guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else { throw .noName(path) }
            let folder: String
            do throws(DurableFileError) {
                folder = try ofWhatIsThere(FileNames.folder(of: path))
            } catch {
                throw .folder(error)
            }
            let beginning = (folder == "/" ? "" : folder) + "/"
            guard let target = SystemCalls.target(ofLink: beginning + name) else { return beginning + name }
            path = target.hasPrefix("/") ? target : beginning + target
        }
        throw .tooManyLinks(path)
    }
}
