import Foundation

/// A disk in memory that a process of its own mounts for itself; it goes with that process.
final class TinyDisk {
    private let process = Process()
    private let input = Pipe()
    /// A folder on it, as this process sees it.
    let path: String

    /// Nil where no process may mount a disk.
    init?(in directory: String, bytes: Int) throws {
        let (folder, output) = (directory + "/disk", Pipe())
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = [
            "--user", "--map-root-user", "--mount", "sh", "-c",
            "mount -t tmpfs -o size=\(bytes) tmpfs \(folder) && echo ready && read end",
        ]
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        guard FileManager.default.fileExists(atPath: "/usr/bin/unshare") else { return nil }
        try process.run()
        path = "/proc/\(process.processIdentifier)/root" + folder
        guard output.fileHandleForReading.availableData.starts(with: Array("ready".utf8)) else { return nil }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.waitUntilExit() }
    }
}
