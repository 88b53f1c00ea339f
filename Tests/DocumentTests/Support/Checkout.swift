import Foundation

/// The files of this checkout that the tests read.
enum Checkout {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func manifest() throws -> Manifest { try Manifest(text("Package.swift")) }

    /// The article that has the picture of the modules.
    static func design() throws -> String { try text("Sources/populus/populus.docc/Design.md") }

    /// Every page: the README, those of .github, and the articles of all modules.
    static func documents() throws -> [String] {
        let files = FileManager.default
        let community = try files.contentsOfDirectory(atPath: root.appending(path: ".github").path)
        let articles = try files.subpathsOfDirectory(atPath: root.appending(path: "Sources").path)
        return ["README.md"]
            + (community.map { ".github/\($0)" } + articles.map { "Sources/\($0)" })
            .filter { $0.hasSuffix(".md") }.sorted()
    }

    /// The Swift files of a folder, with those of its subfolders.
    static func swiftFiles(in folder: String) -> [URL] {
        let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }
}
