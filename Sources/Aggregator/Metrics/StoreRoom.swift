import Foundation

/// How much room a role's store takes, of all tasks together.
package struct StoreRoom: Sendable {
    /// Bytes by part, such as `database` or `segments`.
    package var bytes: [String: Int]
    /// Bytes that are free on the disk of a part.
    package var freeBytes: [String: Int]

    package init(bytes: [String: Int] = [:], freeBytes: [String: Int] = [:]) {
        (self.bytes, self.freeBytes) = (bytes, freeBytes)
    }
}

extension StoreRoom {
    /// Bytes of the files of a folder, and of the folders in it; 0 where it is not there.
    package static func bytes(inFolder path: String) -> Int {
        guard let files = FileManager.default.enumerator(atPath: path) else { return 0 }
        // What is removed meanwhile counts for nothing.
        return files.reduce(0) { sum, _ in sum + ((files.fileAttributes?[.size] as? NSNumber)?.intValue ?? 0) }
    }

    /// Bytes that this user may still write on the disk where `path` is or will be; nil where the system does not say.
    package static func freeBytes(at path: String) -> Int? {
        var url = URL(filePath: path).absoluteURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        var status = statvfs()
        guard statvfs(url.path, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}
