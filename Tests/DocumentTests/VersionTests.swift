import Foundation
import Testing

/// The version that is written by hand in examples and pages is the executable's.
@Suite struct VersionTests {
    private static let files = [
        "README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", ".github/CHANGELOG.md",
        "Sources/populus/populus.docc/OperatorsGuide.md", "Sources/populus/populus.docc/AnalystsGuide.md",
        "Sources/PopulusVDAF/PopulusVDAF.docc/PopulusVDAF.md", "Tools/packaging/container/Containerfile",
        "Tools/packaging/container/compose.yaml", "Tools/packaging/kubernetes/leader.yaml",
        "Tools/packaging/kubernetes/store-create.yaml", "Tools/packaging/try-image",
    ]

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    }

    /// What a text says of this package's version: of archives, packages and images, of results, of a dependency.
    private static func versions(in text: String) -> [String] {
        let named = text.matches(of: /populus[-_:](\d+\.\d+\.\d+)/).map { String($0.1) }
        let told = text.matches(of: /(?:"version":"|from: "|calls itself |says |\n## )(\d+\.\d+\.\d+)/).map {
            String($0.1)
        }
        return named + told
    }

    @Test(arguments: files) func theVersionIsTheExecutables(path: String) throws {
        let source = try Self.text("Sources/populus/Version.swift")
        let number = try #require(source.firstMatch(of: /static let number = "([0-9.]+)"/).map { String($0.1) })
        let found = Self.versions(in: try Self.text(path))
        #expect(!found.isEmpty, "no version is found in it: this test looks for other words")
        #expect(Set(found) == [number], "\(path): \(found)")
    }
}
