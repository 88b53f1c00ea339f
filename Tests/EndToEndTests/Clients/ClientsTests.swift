import Foundation
import Testing

extension EndToEnd {
    /// Reports of all clients that this project has for other people's programs.
    @Suite struct Clients {
        /// Addresses of which some are popular.
        private static func lines(count: Int, seed: Int) -> [String] {
            (0..<count).map { "https://example.org/page/\($0 * $0 * seed % 23)" }
        }

        /// An app in Swift, a program in C, a script in Python and a page in a browser, 500 reports each: one walk finds
        /// their strings exactly.
        @Test func allReportIntoOneTask() async throws {
            let scheme = ["--vdaf", "poplar1", "--encoding", "url", "--bits", "256"]
            try await Deployment.with(bits: 256, scheme: scheme, start: false) { deployment in
                for role in [Deployment.Role.helper, .leader] {
                    try await deployment.start(role, options: ["--allow-origin", "*"])
                }
                let scratch = deployment.scratch
                let lines = [3, 5, 7, 11].map { Self.lines(count: 500, seed: $0) }
                let library = try await CClient.library(in: scratch)
                try await ExampleApp.report(deployment, lines[0])
                try await CClient.reportInC(deployment, library, lines[1])
                try await CClient.reportInPython(deployment, library, lines[2])
                try await BrowserPage.report(deployment, lines[3])

                let all = try scratch.write(Data((lines.joined().joined(separator: "\n") + "\n").utf8), to: "all")
                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0 && found.output.contains("2000 reports"), "\(found.output)")
                let compared = try await scratch.run(
                    Checkout.tool("compare-counts"),
                    ["--encoding", "url", "--bits", "256", "--threshold", "10", all.path, csv.path])
                #expect(
                    compared.status == 0 && compared.stdout.hasPrefix("identical to the plaintext count"),
                    "\(compared.output)")
            }
        }

        /// A program that collects by the library `PopulusCollector` finds what an app reported.
        @Test func aProgramOfTheLibraryDiscovers() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "128", "--encoding", "bytes"]
            try await Deployment.with(bits: 128, scheme: scheme) { deployment in
                let lines =
                    Array(repeating: "https://a.b/", count: 24) + Array(repeating: "/crash", count: 15)
                    + Array(repeating: "/rare", count: 9) + (0..<11).map { "single \($0)" }
                try await ExampleApp.report(deployment, lines)
                #expect(try await Set(ExampleApp.discover(deployment)) == ["https://a.b/\t24", "/crash\t15"])
            }
        }
    }
}
