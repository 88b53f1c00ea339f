import Foundation

/// How much room a disk has.
enum FreeSpace {
    /// Bytes that this user may still write on the disk where `path` is or will be; nil where the system does not say.
    static func bytes(at path: String) -> Int? {
        var url = URL(filePath: path).absoluteURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        var status = statvfs()
        guard statvfs(url.path, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}
