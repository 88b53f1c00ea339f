import Foundation
import Testing

/// Libraries tell facts; what a person can type stands in `populus` alone.
@Suite struct LibraryWordsTests {
    private static let commands = ["upload", "discover", "collect", "status", "task", "store", "leader", "helper"]

    /// Whether a line of source has an option or a command of the command line in a string.
    private static func hasWords(_ line: Substring) -> Bool {
        guard !line.drop(while: \.isWhitespace).hasPrefix("//"), let quote = line.firstIndex(of: "\"") else {
            return false
        }
        let text = line[quote...]
        return text.contains(/--[a-z]/) || commands.contains { text.contains("populus \($0)") }
    }

    @Test(arguments: ["Client", "Collector", "Events", "HTTPRequests"])
    func noLibraryKnowsTheCommandLine(module: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Sources/\(module)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        #expect(!names.isEmpty)
        for name in names {
            let source = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for line in source.split(separator: "\n") where Self.hasWords(line) {
                Issue.record("\(module)/\(name): \(line)")
            }
        }
    }

    @Test func wordsAreSeen() {
        #expect(Self.hasWords(#"    throw .refused("give --threshold")"#))
        #expect(Self.hasWords(#"    "run `populus discover` again""#))
        #expect(!Self.hasWords(#"    /// As "--csv" asks for."#))
        #expect(!Self.hasWords(#"    index -= 1; text = "a - b""#))
    }
}
