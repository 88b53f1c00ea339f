import CPopulusClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The names of what is in a folder.
enum FolderListing {
    /// In no order, without those that begin with a dot.
    static func names(in folder: String) throws(ClientFailure) -> [String] {
        guard let open = opendir(folder) else { throw refusal(of: folder) }
        defer { closedir(open) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(open) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw refusal(of: folder) }
        return names
    }

    private static func refusal(of folder: String) -> ClientFailure {
        ClientFailure(POPULUS_CLIENT_DISK, "\(folder): " + String(cString: strerror(errno)))
    }
}
