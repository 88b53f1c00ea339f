import Foundation

/// The package Tools/VDAFExample, which depends on this one and sees what other implementers see.
enum ExamplePackage {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    static let folder = root.appending(path: "Tools/VDAFExample")
    static let vectors = root.appending(path: "Vectors/vdaf")

    struct Outcome {
        let status: Int32
        let output: String
    }

    /// What it builds stays for the next time, as what SwiftPM builds of this package does.
    private static let scratch = root.appending(path: ".build/vdaf-example")

    /// Builds it, for debugging: that takes half a minute, half of what it takes with optimisation.
    static func build() throws -> Outcome {
        try run([
            "swift", "build", "--package-path", folder.path, "--scratch-path", scratch.path, "--disable-index-store",
        ])
    }

    /// Runs what was built.
    static func check(_ vectors: URL) throws -> Outcome {
        try run([scratch.appending(path: "debug/vdaf-example").path, vectors.path])
    }

    /// The Swift modules that were compiled.
    static func modules() throws -> Set<String> {
        let folder = scratch.appending(path: "debug/Modules")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Set(names.filter { $0.hasSuffix(".swiftmodule") }.map { String($0.dropLast(".swiftmodule".count)) })
    }

    /// Runs a command to its end, with its output and its errors as one text.
    private static func run(_ command: [String]) throws -> Outcome {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: output ?? Data(), as: UTF8.self))
    }
}
