import Foundation

/// The Debian package of this build, by the one command that makes it.
enum DebianPackage {
    /// Makes the package of a release of this build, which stays in the folder `release`.
    static func made(in scratch: Scratch) async throws -> URL {
        let result = try await scratch.run(
            Checkout.tool("release.sh"),
            ["--dirty", "--built", Checkout.scratch.path, "--output", scratch.file("release").path],
            within: .seconds(300))
        guard result.status == 0 else { throw HarnessError("no release was made: \(result.output)") }
        return try await packed(in: scratch, to: "package")
    }

    /// Packs that release once more.
    static func packed(in scratch: Scratch, to folder: String) async throws -> URL {
        let archives = try FileManager.default.contentsOfDirectory(atPath: scratch.file("release").path)
        guard let archive = archives.first(where: { $0.hasSuffix(".tar.gz") }) else {
            throw HarnessError("there is \(archives)")
        }
        let result = try await scratch.run(
            Checkout.tool("packaging/deb"),
            [
                "--uncompressed", "--release", scratch.file("release/\(archive)").path, "--output",
                scratch.file(folder).path,
            ], environment: ["DEBFULLNAME": "Populus", "DEBEMAIL": "packages@populus.test"])
        guard result.status == 0 else { throw HarnessError("no package was made: \(result.output)") }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file(folder).path)
        guard names.count == 1, names[0].hasSuffix(".deb") else { throw HarnessError("there is \(names)") }
        return scratch.file("\(folder)/\(names[0])")
    }

    /// Whether this machine has a program that a check needs.
    static func has(_ program: String) -> Bool {
        ["/usr/bin", "/usr/sbin", "/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    /// Whether a person asked for what takes long, and may do it.
    static var isWanted: Bool { ProcessInfo.processInfo.environment["POPULUS_PACKAGING"] == "1" && geteuid() == 0 }
}
