import Foundation
import Testing

/// The conformance tables of the module's documentation: they name tests that exist, and leave no row open.
@Suite struct ConformanceTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    /// The articles, and how many rows each has: of DAP, and of taskprov.
    private static let articles = [("Conformance", 158), ("Taskprov", 20)]

    /// A row's last two cells: where the requirement is met, and the test.
    private func rows(of article: String) throws -> [(requirement: String, test: String)] {
        let article = Self.root.appending(path: "Sources/PopulusDAP/PopulusDAP.docc/\(article).md")
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

    @Test(arguments: articles) func everyTestOfTheTableExists(article: String, count: Int) throws {
        let tests = try tests()
        let rows = try rows(of: article)
        #expect(rows.count == count)
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

    @Test(arguments: articles.map(\.0)) func noRowIsOpen(article: String) throws {
        for row in try rows(of: article) {
            let isMet = ["`", "none needed: "].contains { row.test.hasPrefix($0) }
            #expect(isMet, "\(row.requirement): \(row.test)")
        }
    }
}
