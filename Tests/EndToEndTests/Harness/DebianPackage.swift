import Foundation

/// The Debian package of this build.
enum DebianPackage {
    /// Makes it by the one command that does.
    static func made(in scratch: Scratch) async throws -> URL {
        try await made(["--dirty", "--built", Checkout.scratch.path], in: scratch, to: "package")
    }

    /// Makes it of a release's archive.
    static func made(of archive: URL, in scratch: Scratch, to folder: String) async throws -> URL {
        try await made(["--release", archive.path], in: scratch, to: folder)
    }

    private static func made(_ options: [String], in scratch: Scratch, to folder: String) async throws -> URL {
        let result = try await scratch.run(
            Checkout.tool("packaging/deb"), options + ["--uncompressed", "--output", scratch.file(folder).path],
            environment: ["DEBFULLNAME": "Populus", "DEBEMAIL": "packages@populus.test"], within: .seconds(300))
        guard result.status == 0 else { throw HarnessError("no package was made: \(result.output)") }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file(folder).path)
        guard names.count == 1, names[0].hasSuffix(".deb") else { throw HarnessError("there is \(names)") }
        return scratch.file("\(folder)/\(names[0])")
    }

    /// Whether this machine has a program that a check needs.
    static func has(_ program: String) -> Bool {
        ["/usr/bin", "/usr/sbin", "/bin"].contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }

    /// Whether a person asked for what takes long, and may do it.
    static var isWanted: Bool { ProcessInfo.processInfo.environment["POPULUS_PACKAGING"] == "1" && geteuid() == 0 }
}
