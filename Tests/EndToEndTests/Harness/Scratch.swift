import Foundation

/// A temporary folder of one test.
struct Scratch: Sendable {
    let folder: URL

    /// Runs a body with a new folder; afterwards, whatever happened, ends what still works in it and removes it.
    static func with<Result>(_ body: (Scratch) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "populus-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let scratch = Scratch(folder: folder)
        defer {
            // The children of a script that had to be killed are nobody's else.
            for pid in scratch.processes() { kill(pid, SIGKILL) }
            try? FileManager.default.removeItem(at: folder)
        }
        return try await body(scratch)
    }

    /// The processes whose command line names something in this folder, whose name is like no other.
    func processes() -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return all.filter { pid in
            pid != getpid() && Self.text(URL(filePath: "/proc/\(pid)/cmdline")).contains(folder.path)
        }
    }

    /// The URL of a file or folder in it.
    func file(_ name: String) -> URL { folder.appending(path: name) }

    /// Writes a file and gives its URL.
    func write(_ content: some DataProtocol, to name: String) throws -> URL {
        try Data(content).write(to: file(name))
        return file(name)
    }

    /// The content of a file as text; empty when there is none.
    func text(_ name: String) -> String { Self.text(file(name)) }

    static func text(_ url: URL) -> String {
        guard let data = try? Data(contentsOf: url) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
