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

    /// The Swift files of a folder, with those of its subfolders.
    static func swiftFiles(in folder: String) -> [URL] {
        let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }
}
