import Foundation

/// A release of this build, as Tools/release.sh makes it.
enum ReleaseArchive {
    private static let shared = Task {
        let folder = Checkout.scratch.appending(path: "release-of-tests")
        // What an earlier build left there is not this one's.
        try? FileManager.default.removeItem(at: folder)
        return try await Scratch.with { scratch in try await made(in: scratch, at: folder) }
    }

    /// Its archive, made once for all tests; the checksums lie beside it.
    static func made() async throws -> URL { try await shared.value }

    /// Makes it again.
    ///
    /// - Parameter folder: where it is to be.
    static func made(in scratch: Scratch, at folder: URL) async throws -> URL {
        let result = try await scratch.run(
            Checkout.tool("release.sh"), ["--dirty", "--built", Checkout.scratch.path, "--output", folder.path],
            within: .seconds(300))
        guard result.status == 0 else { throw HarnessError("no release was made: \(result.output)") }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let archives = names.filter { $0.hasSuffix(".tar.gz") }
        guard names.count == 2, archives.count == 1 else { throw HarnessError("there is \(names)") }
        return folder.appending(path: archives[0])
    }
}
