import Foundation

/// The browser module, built when it is first asked for.
///
/// The folder is that of the script by itself, so that whoever runs it beforehand saves the tests its time.
enum BrowserBuild {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let tools = root.appending(path: "Tools/browser-client")
    private static let built = Result { try run(tools.appending(path: "build.sh"), []) }

    /// The folder of what was built.
    static var folder: URL {
        get throws {
            _ = try built.get()
            return root.appending(path: ".build-browser")
        }
    }

    /// Runs a test script in Node, with the build's folder as its first argument; what it prints.
    static func node(_ script: String, _ arguments: [String] = []) throws -> String {
        let path = tools.appending(path: "tests/\(script)").path
        let build = try folder.path
        return try run(URL(filePath: "/usr/bin/env"), ["node", path, build] + arguments)
    }

    /// Runs a program to its end; its standard output.
    ///
    /// - Throws: all that it wrote, where it does not end with 0.
    private static func run(_ executable: URL, _ arguments: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "populus-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, since a pipe that nobody reads would hold the program.
        let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let printed = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
            throw ScriptFailure(
                description: "\(executable.lastPathComponent) \(arguments.joined(separator: " ")) ended with "
                    + "\(process.terminationStatus): \(printed)\(said)")
        }
        return printed
    }
}

/// A script that does not end well, and what it wrote.
struct ScriptFailure: Error, CustomStringConvertible {
    let description: String
}
