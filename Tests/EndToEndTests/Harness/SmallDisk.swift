import Foundation

/// A small disk in memory that one process sees, with a file that takes most of its room until it is freed.
struct SmallDisk {
    private static let unshare = "/usr/bin/unshare"
    private static let ballast = "ballast"

    private let folder: URL
    private let size: Int
    private let free: Int

    /// A disk of `size` bytes of which only `free` are free at first.
    init(in scratch: Scratch, size: Int, free: Int) throws {
        folder = scratch.file("disk")
        (self.size, self.free) = (size, free)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    /// The path of a file on it, as its process sees it.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// The command that mounts the disk for itself and becomes `command`.
    func mounted(_ command: [String]) -> [String] {
        let script = """
            mount -t tmpfs -o size=$2 tmpfs "$1" && head -c $3 /dev/zero > "$1/\(Self.ballast)" && shift 3 && exec "$@"
            """
        return [Self.unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
            + [folder.path, "\(size)", "\(size - free)"] + command
    }

    /// Gives the process all of its disk.
    func makeRoom(for process: RunningProcess) throws {
        try FileManager.default.removeItem(atPath: "/proc/\(process.pid)/root" + path(Self.ballast))
    }

    /// Whether this system lets a process mount something for itself.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: unshare)
        process.arguments = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
