import Foundation
import Testing

extension EndToEnd {
    /// Short walks with real processes; `Tools/short-walks` does the same with many more reports.
    @Suite struct ShortWalks {
        private static let urls = ["--vdaf", "poplar1", "--encoding", "url", "--bits", "256"]

        /// The code for URLs finds the plaintext counts, in far fewer steps than bytes take.
        @Test func urlsAreCountedExactly() async throws {
            var steps: [String: Int] = [:]
            for (encoding, bits) in [("bytes", 1024), ("url", 256)] {
                try await Deployment.with(
                    scheme: ["--vdaf", "poplar1", "--encoding", encoding, "--bits", "\(bits)"]
                ) { deployment in
                    let scratch = deployment.scratch
                    let lines = try await scratch.zipfURLs(distinct: 60, count: 400, seed: 5, maxBytes: 60)
                    let upload = try await deployment.upload(lines)
                    #expect(upload.status <= 1, "\(upload.output)")
                    let csv = scratch.file("out.csv")
                    let discover = try await deployment.discover(threshold: "10", csv: csv)
                    #expect(discover.status == 0, "\(discover.output)")
                    let compared = try await scratch.run(
                        Checkout.tool("compare-counts"),
                        [
                            "--encoding", encoding, "--bits", "\(bits)", "--threshold", "10", lines.path, csv.path,
                        ])
                    #expect(
                        compared.status == 0 && compared.stdout.hasPrefix("identical to the plaintext count"),
                        "\(compared.output)")
                    steps[encoding] = try Facts(beside: csv).levels.count
                }
            }
            let (url, bytes) = (try #require(steps["url"]), try #require(steps["bytes"]))
            #expect(3 * url < 2 * bytes, "\(url) steps, and \(bytes) with bytes")
        }

        /// A walk with noise at the least threshold: what is listed has the votes, and what has many more is listed.
        @Test func noiseKeepsToItsThresholds() async throws {
            try await Deployment.with(scheme: Self.urls + ["--epsilon", "20", "--max-steps", "64"]) { deployment in
                let scratch = deployment.scratch
                let lines = try await scratch.zipfURLs(distinct: 40, count: 1_500, seed: 6, maxBytes: 40)
                let upload = try await deployment.upload(lines)
                #expect(upload.status <= 1, "\(upload.output)")
                let shown = try await scratch.run(
                    Checkout.populus, ["task", "show", deployment.taskFile("collector")])
                let named = shown.stdout.firstMatch(of: /least\s+sensible\s+threshold\s+(\d+)/)
                let threshold = try #require(named.flatMap { Int($0.output.1) }, "\(shown.output)")

                let csv = scratch.file("out.csv")
                let lower = try await deployment.discover(threshold: "\(threshold - 1)", csv: csv)
                #expect(lower.status != 0 && lower.stderr.contains("\(threshold)"), "\(lower.output)")
                let discover = try await deployment.discover(threshold: "\(threshold)", csv: csv)
                #expect(discover.status == 0, "\(discover.output)")

                let facts = try Facts(beside: csv)
                let noise = try #require(facts.noise)
                #expect(facts.levels.count <= 64 && facts.unfinished == 0 && facts.votes == threshold)
                #expect((facts.guarantee?.epsilon ?? .infinity) <= 20)
                let rows = Scratch.text(csv).split(separator: "\r\n").map { $0.split(separator: ",") }
                #expect(rows.first == ["value", "count", "fraction", "low", "high"])
                let votes = Dictionary(
                    grouping: Scratch.text(lines).split(separator: "\n"), by: { $0 }
                ).mapValues(\.count)
                // Five standard deviations below what is kept, and eight above the threshold: once in a million runs.
                let fewest = Double(threshold - (facts.margin ?? 0)) - 5 * noise.standard_deviation
                for row in rows.dropFirst() {
                    let numbers = row.dropFirst().compactMap { Double($0) }
                    guard let value = row.first, numbers.count == 4 else {
                        Issue.record("\(row)")
                        continue
                    }
                    #expect(Double(votes[value] ?? 0) >= fewest, "\(row), \(votes[value] ?? 0) votes")
                    #expect(numbers[2] <= numbers[0] && numbers[0] <= numbers[3], "\(row)")
                }
                let listed = Set(rows.dropFirst().compactMap(\.first))
                let popular = votes.filter { 2 * $0.value >= 3 * threshold }
                #expect(popular.count >= 2, "threshold \(threshold)")
                #expect(listed.isSuperset(of: popular.keys), "\(popular), \(Scratch.text(csv))")
            }
        }

        /// The part of a file beside a CSV file that these tests read.
        private struct Facts: Decodable {
            struct Guarantee: Decodable { let epsilon: Double }
            struct Noise: Decodable { let standard_deviation: Double }

            let levels: [Int]
            let unfinished: Int
            let votes: Int
            let margin: Int?
            let guarantee: Guarantee?
            let noise: Noise?

            init(beside csv: URL) throws {
                self = try JSONDecoder().decode(
                    Facts.self, from: Data(contentsOf: URL(filePath: csv.path + ".json")))
            }
        }

        /// The simulation prints its lines, and says by its status whether all is as promised.
        ///
        /// So few walks do not show how often an interval holds the votes.
        @Test func theSimulationRuns() async throws {
            try await Scratch.with { scratch in
                let lines = try await scratch.make("urls", with: "make-urls", "--seed", "1", "--count", "300")
                let run = try await scratch.run(
                    Checkout.product("walk-simulation"),
                    [
                        lines.path, "--reports", "20000", "--walks", "40", "--batches", "2", "--encoding", "bytes",
                        "--bits", "512", "--max-steps", "128",
                    ])
                let figures = run.stdout.split(separator: "\n").filter { $0.contains("(wanted: ") }
                let failed = figures.filter { !$0.hasPrefix("  ok   ") }
                #expect(figures.count == 9 && failed.allSatisfy { $0.contains("intervals") }, "\(run.output)")
                #expect(run.status == (failed.isEmpty ? 0 : 1), "\(run.output)")
                #expect(run.stdout.contains(failed.isEmpty ? "all as promised" : "NOT as promised"))
                let refused = try await scratch.run(
                    Checkout.product("walk-simulation"), [lines.path, "--encoding", "words"])
                #expect(refused.status == 64 && refused.stderr.contains("--encoding is one of"), "\(refused.output)")
            }
        }
    }
}
