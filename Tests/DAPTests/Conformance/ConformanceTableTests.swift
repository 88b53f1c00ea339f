import Foundation
import Testing

/// The conformance table of the module's documentation: it names tests that exist, and leaves no row open.
@Suite struct ConformanceTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    /// A row's last two cells: where the requirement is met, and the test.
    private func rows() throws -> [(requirement: String, test: String)] {
        let article = Self.root.appending(path: "Sources/PopulusDAP/PopulusDAP.docc/Conformance.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let levels = ["MUST", "MUST NOT", "REQUIRED", "SHOULD", "SHOULD NOT"]
            guard cells.count == 4, levels.contains(cells[0]) else { return nil }
            return (cells[1], cells[3])
        }
    }

    /// Every `Suite/test` of the test sources.
    private func tests() throws -> Set<String> {
        let folder = Self.root.appending(path: "Tests").standardizedFileURL
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var tests: Set<String> = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            var suite = ""
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                for (keyword, name) in zip(words, words.dropFirst()) {
                    if ["struct", "class", "enum", "extension"].contains(keyword),
                        !line.hasPrefix(" ") || line.contains("@Suite")
                    {
                        suite = String(name)
                    }
                    if keyword == "func" { tests.insert("\(suite)/\(name)") }
                }
            }
        }
        return tests
    }

    @Test func everyTestOfTheTableExists() throws {
        let tests = try tests()
        let rows = try rows()
        #expect(rows.count == 158)
        var named = 0
        for row in rows {
            for (index, text) in row.test.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            where index % 2 == 1 {
                named += 1
                #expect(tests.contains(String(text)), "\(row.requirement): no test \(text)")
            }
        }
        #expect(named > 0)
    }

    @Test func noRowIsOpen() throws {
        for row in try rows() {
            let isMet = ["`", "none needed: "].contains { row.test.hasPrefix($0) }
            #expect(isMet, "\(row.requirement): \(row.test)")
        }
    }
}
