import Foundation

/// What this process's files without names take of a disk, as the system counts it.
///
/// A closed one is gone, and so is what it took.
enum SpilledFiles {
    static func bytes(in directory: String) -> Int {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.reduce(0) { total, name in
            guard let descriptor = Int32(name),
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"),
                target.contains(directory + "/walk-state-")
            else { return total }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return total }
            return total + 512 * Int(status.st_blocks)
        }
    }

    /// Whether the system shows a process its open files.
    static let areVisible = FileManager.default.fileExists(atPath: "/proc/self/fd")
}
