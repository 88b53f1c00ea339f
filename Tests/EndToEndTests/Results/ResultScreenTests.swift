import Foundation
import Testing

extension EndToEnd {
    /// What a terminal shows of a walk: ranks, bars, columns that stand below each other, and nothing that it obeys.
    @Suite struct ResultScreens {
        private static let groups = ["日本", "e\u{301}te\u{301}", "plain"]
        private static let strings = [
            ("wide 日本語", 60), ("combining e\u{301}", 30), ("\u{1b}[31mred\u{7}", 30), ("\u{202e}gnp.evil", 15),
        ]

        @Test func ranksBarsAndHostileStrings() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "512", "--encoding", "bytes", "--groups"]
            try await Deployment.with(bits: 512, scheme: scheme) { deployment in
                let scratch = deployment.scratch
                let lines = Self.strings.flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n")
                let file = try scratch.write(Data(lines.utf8), to: "lines")
                for group in Self.groups {
                    let sent = try await scratch.populus(
                        "upload", "--task", deployment.taskFile("client"), "--binary", "--group", group, file.path)
                    #expect(sent.status == 0, "\(sent.output)")
                }
                // The walk itself in a terminal: one line that is drawn again and again.
                let walk = [
                    "discover", "--task", deployment.taskFile("collector"), "--threshold", "10", "--results",
                    scratch.file("kept").path,
                ]
                let walked = try await TerminalWindow(columns: 140).run(scratch, walk)
                #expect(walked.status == 0, "\(walked.output)")
                let drawn = walked.stdout.components(separatedBy: "\r\u{1b}[K")
                #expect(drawn.count > 3 && drawn.contains { $0.contains("step 2") && $0.hasPrefix("[") }, "\(drawn)")

                let again = ["discover", "--task", deployment.taskFile("collector"), "--again"]
                let wide = try await TerminalWindow(columns: 100).run(scratch, again).stdout
                #expect(wide.contains("\u{1b}[36m████████\u{1b}[0m  日本"), "\(wide)")
                try obeysNothing(wide.replacing("\u{1b}[36m", with: "").replacing("\u{1b}[0m", with: ""), columns: 100)

                let plain = try await TerminalWindow(columns: 100, environment: ["NO_COLOR": "1"]).run(scratch, again)
                #expect(plain.stdout.contains("████████  日本"), "\(plain.output)")
                try obeysNothing(plain.stdout, columns: 100)

                let narrow = try await TerminalWindow(columns: 40).run(scratch, again)
                #expect(!narrow.stdout.contains("█"), "\(narrow.output)")
                try obeysNothing(narrow.stdout, columns: 40)

                // A kept walk looks the same.
                let kept = try await TerminalWindow(columns: 40).run(
                    scratch, ["results", "show", scratch.file("kept").path])
                let heading = try #require(kept.stdout.range(of: " #  count"), "\(kept.output)")
                try obeysNothing(String(kept.stdout[heading.lowerBound...]), columns: 40)

                // A pipe has neither ranks nor bars.
                let piped = try await scratch.run(Checkout.populus, again)
                #expect(piped.stdout.hasPrefix("count  fraction  group"), "\(piped.output)")
                #expect(!piped.stdout.contains("#") && !piped.stdout.contains("\u{1b}"), "\(piped.output)")
            }
        }

        /// No sign of a client's is obeyed, no row is wider than the terminal, and values stand below each other.
        private func obeysNothing(_ screen: String, columns: Int) throws {
            #expect(!screen.unicodeScalars.contains { "\u{1b}\u{7}\u{202e}".unicodeScalars.contains($0) }, "\(screen)")
            let rows = screen.components(separatedBy: "\r\n").prefix { !$0.hasPrefix("by group") }
            #expect(rows.count > 12, "\(screen)")
            #expect(rows.allSatisfy { Self.width($0) < columns }, "\(rows)")
            // Equal counts have one rank: three of 60, six of 30, three of 15.
            let ranks = rows.dropFirst().compactMap { $0.firstMatch(of: /^ *(1|4|10)\s\s/).map { String($0.1) } }
            #expect(
                ranks == Array(repeating: "1", count: 3) + Array(repeating: "4", count: 6)
                    + Array(repeating: "10", count: 3), "\(rows)")
            let place = try #require(rows.first.flatMap { Self.place(of: "value", in: $0) })
            for (beginning, count) in [("wide", 3), ("combi", 3), ("\\x1b[31m", 3), ("\\xe2", 3)] {
                let places = rows.compactMap { Self.place(of: beginning, in: $0) }
                #expect(places.count >= count && places.allSatisfy { $0 == place }, "\(beginning): \(places), \(rows)")
            }
        }

        /// The column in which a text begins.
        private static func place(of text: String, in row: String) -> Int? {
            row.range(of: text).map { width(String(row[..<$0.lowerBound])) }
        }

        /// Of the signs that this test has: Chinese ones take two columns, marks that combine none.
        private static func width(_ text: String) -> Int {
            text.unicodeScalars.reduce(0) { sum, scalar in
                sum + (scalar.value == 0x301 ? 0 : (0x4e00...0x9fff).contains(scalar.value) ? 2 : 1)
            }
        }
    }
}
