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

        /// Values of one length in hexadecimal digits, and lines that are none.
        @Test func hexadecimalValuesAreCounted() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "40", "--encoding", "hex"]
            try await Deployment.with(bits: 40, scheme: scheme) { deployment in
                let counts = [("00000000ff", 30), ("00000000fe", 25), ("ffEE0123ab", 20), ("1234567890", 11)]
                var lines = counts.flatMap { Array(repeating: $0.0, count: $0.1) }
                lines += ["FFEE0123AB", "012345678", "012345678901", "012345678g"]
                let file = try deployment.scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines")
                let upload = try await deployment.upload(file)
                #expect(upload.status == 1, "\(upload.output)")
                #expect(upload.stderr.contains("it has 9 characters, and the task takes exactly 10"))
                #expect(upload.stderr.contains("byte 10 is 0x67, which the encoding cannot take"))

                let csv = deployment.scratch.file("out.csv")
                let discover = try await deployment.discover(threshold: "12", csv: csv)
                #expect(discover.status == 0, "\(discover.output)")
                #expect(
                    Scratch.text(csv).split(separator: "\r\n").map { $0.split(separator: ",").prefix(2) } == [
                        ["value", "count"], ["00000000ff", "30"], ["00000000fe", "25"], ["ffee0123ab", "21"],
                    ], "\(Scratch.text(csv))")
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
                content += Data("\n\r\none\u{1}two\nthis line has sixteen bytes and more\nre\rturn\nseldom".utf8)
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
