import Foundation
import Testing

extension EndToEnd {
    /// Corpora that need nothing beside the repository.
    @Suite struct GeneratedCorpus {
        @Test func isCountedExactly() async throws {
            try await Deployment.with(bits: 512) { deployment in
                let lines = try await deployment.scratch.zipfURLs(distinct: 300, count: 1_000, seed: 1, maxBytes: 63)
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let result = try await deployment.discover(threshold: "1%", csv: csv)
                #expect(result.status == 0, "\(result.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "1%")
                let rows = Scratch.text(csv).split(separator: "\r\n").count - 1
                #expect(rows >= 10)
                print("figures: 1,000 generated URLs, 512 bits, threshold 1%: \(rows) values in \(result.elapsed)")
            }
        }

        /// Values that an export must escape, every kind of line end, and lines that make no report.
        @Test func oddLinesAreExportedOrNamed() async throws {
            try await Deployment.with(bits: 128) { deployment in
                let values = [
                    "=SUM(A1)", "'quoted", "a,\"b\"", "back\\slash", "caf\u{e9}", "tab\there", "plain", "plain/longer",
                ]
                var content = Data(values.flatMap { Array(repeating: $0 + "\n", count: 12) }.joined().utf8)
                for _ in 0..<12 { content += [0xff, 0xfe, 0x0d, 0x0a] }
                let good = 12 * values.count + 12
                content += Data("\n\r\none\u{1}two\nthis line has sixteen bytes and more\nnul\0\nseldom".utf8)
                let lines = try deployment.scratch.write(content, to: "lines")

                let upload = try await deployment.upload(lines)
                #expect(upload.status == 1)
                for number in [good + 3, good + 4, good + 5] {
                    #expect(upload.stderr.contains(try Regex("line \(number)\\b")), "\(upload.stderr)")
                }
                #expect(upload.output.contains("\(good + 1)"), "\(upload.output)")

                let csv = deployment.scratch.file("out.csv")
                let discover = try await deployment.discover(threshold: "12", csv: csv)
                #expect(discover.status == 0, "\(discover.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "12")
                for value in [
                    "'=SUM(A1)", "''quoted", "\"a,\"\"b\"\"\"", "back\\\\slash", "tab\\x09here", "\\xff\\xfe",
                ] {
                    #expect(Scratch.text(csv).contains("\r\n\(value),12,"))
                }
            }
        }
    }
}
