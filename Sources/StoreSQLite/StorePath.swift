import Aggregator

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The one name under which a store is opened, whatever link leads to it: its log and its folders lie beside the file.
enum StorePath {
    private static let mostLinks = 40

    /// The absolute path of the file, with every link followed; the last one may lead to nothing.
    ///
    /// - Parameter isNew: whether it is to be made: then its folder has to be there.
    /// - Throws: `StoreError.notAStore` for what is no name of a file, `.missing`.
    static func real(_ path: String, isNew: Bool = false) throws(StoreError) -> String {
        var path = path
        for _ in 0..<mostLinks {
            let (folder, name) = split(path)
            guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else {
                throw .notAStore(path.isEmpty ? "it has no name" : "\(path) is no name of a file")
            }
            let real = try absolute(folder, isNew)
            let whole = (real == "/" ? "" : real) + "/" + name
            guard let target = link(whole) else { return whole }
            path = target.hasPrefix("/") ? target : (real == "/" ? "" : real) + "/" + target
        }
        throw .notAStore("\(path) leads through too many links")
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
    }

    private static func absolute(_ folder: String, _ isNew: Bool) throws(StoreError) -> String {
        guard let real = realpath(folder, nil) else {
            let code = errno
            throw !isNew && (code == ENOENT || code == ENOTDIR) ? .missing : StoreError(folder, errno: code)
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// Where a symbolic link leads.
    private static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4097)
        let count = readlink(path, &target, 4096)
        return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
