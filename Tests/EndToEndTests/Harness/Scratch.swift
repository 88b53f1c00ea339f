import Foundation

/// A temporary folder of one test.
struct Scratch: Sendable {
    let folder: URL

    /// Runs a body with a new folder and removes the folder afterwards, whatever happens.
    static func with<Result>(_ body: (Scratch) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "populus-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(Scratch(folder: folder))
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
