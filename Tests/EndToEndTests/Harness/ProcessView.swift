import Foundation

/// What the system shows of another process.
struct ProcessView {
    struct Use: Sendable {
        /// Threads that evaluate reports.
        var threads = 0
        /// What node state takes in files without a name.
        var spilledBytes = 0
    }

    let pid: pid_t

    /// Whether the system shows threads and open files at all.
    static let isPossible = FileManager.default.fileExists(atPath: "/proc/self/task")

    /// What the process has now.
    ///
    /// A list is no picture of one moment: work passes from one thread to another while it is read, and so do numbers of
    /// files. So it is read twice, and what is in both was there in between.
    var use: Use {
        let (threads, files) = (evaluating, spilled)
        let (laterThreads, laterFiles) = (evaluating, spilled)
        let bytes = files.compactMap { file in laterFiles[file.key].map { min(file.value, $0) } }
        return Use(threads: threads.intersection(laterThreads).count, spilledBytes: bytes.reduce(0, +))
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/\(folder)")) ?? []
    }

    private var evaluating: Set<String> {
        Set(
            names(in: "task").filter { Scratch.text(URL(filePath: "/proc/\(pid)/task/\($0)/comm")) == "populus.work\n" }
        )
    }

    /// The bytes on disk of each file, by its number in the file system.
    private var spilled: [UInt64: Int] {
        var found: [UInt64: Int] = [:]
        for name in names(in: "fd") {
            let path = "/proc/\(pid)/fd/\(name)"
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path),
                target.contains("/walk-state-")
            else { continue }
            var status = stat()
            if stat(path, &status) == 0 { found[UInt64(status.st_ino)] = 512 * Int(status.st_blocks) }
        }
        return found
    }
}
