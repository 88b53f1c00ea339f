import Foundation
import Testing

/// The Debian package in a fresh Debian, and the examples by PyPI's linters: what takes minutes, and wants the network.
@Suite(.serialized, .enabled(if: DebianPackage.isWanted, "slow: POPULUS_PACKAGING=1 in the environment, as root"))
struct FreshSystemTests {
    /// An operator installs it, sets Leader and Helper up, runs them by their units, removes and purges it.
    @Test(.timeLimit(.minutes(30))) func itWorksInAFreshDebian() async throws {
        try await Scratch.with { scratch in
            let package = try await DebianPackage.made(in: scratch)
            let result = try await scratch.run(
                Checkout.tool("packaging/check"), ["install", package.path, "--boot"], within: .seconds(1_500))
            #expect(result.status == 0, "\(result.output)")
            for words in [
                "the package is installed", "Leader and Helper work by their units", "the data is as it was",
            ] {
                #expect(result.stdout.contains(words), "\(result.output)")
            }
        }
    }

    /// The image of the Containerfile is built on a fresh Debian, and its Leader and Helper find what they should.
    @Test(.timeLimit(.minutes(30))) func theImageServes() async throws {
        try await Scratch.with { scratch in
            let package = try await DebianPackage.made(in: scratch)
            let result = try await scratch.run(
                Checkout.tool("packaging/check"), ["image", package.path], within: .seconds(1_500))
            #expect(result.status == 0 && result.stdout.contains("the image works"), "\(result.output)")
        }
    }

    /// Containerfile, compose file and Kubernetes files.
    @Test(.timeLimit(.minutes(10))) func theExamplesAreValid() async throws {
        try await Scratch.with { scratch in
            let result = try await scratch.run(Checkout.tool("packaging/check"), ["examples"], within: .seconds(500))
            #expect(result.status == 0 && result.stdout.contains("the examples are valid"), "\(result.output)")
        }
    }
}
