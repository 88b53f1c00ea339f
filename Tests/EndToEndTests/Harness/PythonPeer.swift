import Foundation
import Testing

/// The peer under Tools/dap-peer, where this machine has what it needs.
enum PythonPeer {
    /// What has to be there, for the message of a skipped test.
    static let needs = """
        POPULUS_VDAF_REFERENCE must name the folder `poc` of the VDAF draft, and POPULUS_PYTHON (or python3) be a \
        Python of 3.12 or later with the packages cryptography and pycryptodomex
        """

    /// The interpreter, if it and the VDAF reference are there.
    static let interpreter: URL? = {
        let environment = ProcessInfo.processInfo.environment
        guard let reference = environment["POPULUS_VDAF_REFERENCE"] else { return nil }
        let candidates = environment["POPULUS_PYTHON"].map { [$0] } ?? searchPath(environment, "python3")
        let probe = """
            import sys; sys.path.insert(0, sys.argv[1]); import cryptography, vdaf_poc.vdaf_poplar1, vdaf_poc.vdaf_prio3
            """
        return candidates.lazy.map { URL(filePath: $0) }.first { succeeds($0, ["-c", probe, reference]) }
    }()

    static var isReady: Bool { interpreter != nil }

    private static func searchPath(_ environment: [String: String], _ name: String) -> [String] {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .filter(FileManager.default.isExecutableFile)
    }

    private static func succeeds(_ executable: URL, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

extension Scratch {
    /// Runs the peer to its end, whatever status that has.
    func peer(_ arguments: [String], within limit: Duration = .seconds(300)) async throws -> CommandResult {
        guard let python = PythonPeer.interpreter else { throw HarnessError(PythonPeer.needs) }
        // No folder of compiled files beside the sources.
        return try await run(
            python, ["-B", Checkout.tool("dap-peer").path] + arguments,
            currentFolder: Checkout.tool("dap-peer"), within: limit)
    }

    /// Runs a command of the peer that must succeed; gives its standard output.
    func peerOutput(_ arguments: String...) async throws -> String {
        let result = try await peer(arguments)
        guard result.status == 0 else { throw HarnessError("dap-peer \(arguments) failed: \(result.output)") }
        return result.stdout
    }
}

extension Deployment {
    /// Lets the peer do what the specifications forbid, and expects each wrong to be refused as they say.
    func expectRefusals(against role: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let result = try await scratch.peer([
            "misbehave", "--tasks", scratch.file("task").path, "--against", role,
        ])
        let wrong = result.output.split(separator: "\n").filter { !$0.hasPrefix("ok ") }.joined(separator: "\n")
        #expect(result.status == 0, "\(wrong)", sourceLocation: sourceLocation)
    }
}
