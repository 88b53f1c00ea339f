import Foundation
import Testing

/// The C library: `check.py` builds it once into the folder of this build, and looks at it from outside.
///
/// What needs servers is in `EndToEndTests`.
@Suite(.serialized, .timeLimit(.minutes(15))) struct CClientTests {
    @Test(arguments: [
        // Needs no libswift, shows the functions of its header and no other, is small; licences lie beside it.
        "release",
        // The static library alone is enough for a program, with what pkg-config names.
        "static",
        "calls",
        "answers",
        "crashes",
        "address",
        // Prints figures, and fails only where nothing can be measured.
        "speed",
    ])
    func itIsAsItShouldBe(check: String) async throws {
        let checked = try await Script.run("Tools/c-client/check/check.py", [Checkout.scratch.path, check])
        #expect(checked.status == 0 && checked.output.contains("\(check): as it should be"), "\(checked.output)")
        if check == "speed" { print("figures: C library, \(checked.output.split(separator: "\n").first ?? "")") }
    }

    @Test func whatIsNoCheckIsRefused() async throws {
        let checked = try await Script.run("Tools/c-client/check/check.py", [Checkout.scratch.path, "nothing"])
        #expect(checked.status == 1 && checked.output.contains("no check is called nothing"), "\(checked.output)")
    }
}

/// Where the files of this build are.
private enum Checkout {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder that everything was built in: the test bundle lies in one of its folders.
    static let scratch: URL = {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: test).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }()
}

/// A script of the checkout, run to its end.
private struct Script {
    let status: Int32
    let output: String

    static func run(_ path: String, _ arguments: [String]) async throws -> Script {
        let file = FileManager.default.temporaryDirectory.appending(path: "populus-c-client-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        let process = Process()
        process.executableURL = Checkout.root.appending(path: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        return Script(status: status, output: text)
    }
}
