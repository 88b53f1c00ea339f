import Foundation

/// A Python with the packages dp-accounting and opendp, where this machine has one.
enum PrivacyPython {
    /// What has to be there, for the message of a skipped test.
    static let needs = "POPULUS_PYTHON (or python3) must be a Python with the packages dp-accounting and opendp"

    /// The interpreter, if it and its packages are there.
    static let interpreter: URL? = {
        let environment = ProcessInfo.processInfo.environment
        let found = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
            .filter(FileManager.default.isExecutableFile)
        let candidates = environment["POPULUS_PYTHON"].map { [$0] } ?? found
        return candidates.lazy.map { URL(filePath: $0) }.first {
            (try? run($0, "import dp_accounting, opendp", [])) != nil
        }
    }()

    static var isReady: Bool { interpreter != nil }

    struct Failure: Error {}

    /// What a program prints: JSON.
    static func output<Value: Decodable>(_ program: String, _ arguments: [String] = []) throws -> Value {
        guard let interpreter else { throw Failure() }
        return try JSONDecoder().decode(Value.self, from: try run(interpreter, program, arguments))
    }

    private static func run(_ interpreter: URL, _ program: String, _ arguments: [String]) throws -> Data {
        let (process, output) = (Process(), Pipe())
        process.executableURL = interpreter
        process.arguments = ["-c", program] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return data
    }
}
