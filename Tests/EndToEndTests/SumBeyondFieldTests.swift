import Foundation
import Testing

extension EndToEnd {
    /// Sums that the scheme's field cannot hold: never a wrong number.
    @Suite struct SumsBeyondTheField {
        /// Twelve times this is beyond the field of 2^64 - 2^32 + 1, eleven times is not.
        private static let maximum = "1600000000000000000"

        private static func numbers(_ count: Int, _ deployment: Deployment) throws -> URL {
            try deployment.scratch.write(
                Data(String(repeating: maximum + "\n", count: count).utf8), to: "numbers\(count)")
        }

        @Test func taskNewRefusesASmallestBatchThatCannotBeSummed() async throws {
            try await Scratch.with { scratch in
                let options = [
                    "task", "new", "--directory", scratch.file("task").path, "--leader", "http://127.0.0.1:9001/",
                    "--helper", "http://127.0.0.1:9002/", "--min-batch-size", "10", "--vdaf", "prio3-sum", "--max",
                ]
                let refused = try await scratch.run(Checkout.populus, options + ["1844674406941458433"])
                #expect(refused.status == 64, "\(refused.output)")
                #expect(
                    refused.stderr.replacing("\n", with: " ").contains("--max 1844674406941458432"), "\(refused.stderr)"
                )
                let made = try await scratch.run(Checkout.populus, options + ["1844674406941458432"])
                #expect(made.status == 0 && made.stderr.contains("only 10 measurements"), "\(made.output)")
            }
        }

        /// What the first batch cannot hold is in the next one.
        @Test func theLeaderBeginsAnotherBatch() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-sum", "--max", Self.maximum]) { deployment in
                try await deployment.uploadAll(try Self.numbers(21, deployment))
                var counts: [Int] = []
                for _ in 0..<2 {
                    let collected = try await deployment.collect(["--json"])
                    #expect(collected.status == 0, "\(collected.output)")
                    let object = try #require(
                        try JSONSerialization.jsonObject(with: Data(collected.stdout.utf8)) as? [String: Any])
                    let count = try #require(object["report_count"] as? Int)
                    try #require(count <= 11)
                    #expect(
                        collected.stdout.contains("\(1_600_000_000_000_000_000 * UInt64(count))"), "\(collected.stdout)"
                    )
                    counts.append(count)
                }
                #expect(counts == [11, 10])
            }
        }

        /// An interval is refused before it is spent, and can be collected in parts.
        @Test func anIntervalWithTooManyIsLeftAsItIs() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-sum", "--max", Self.maximum],
                taskOptions: ["--batch-mode", "time-interval", "--time-precision", "1"]
            ) { deployment in
                let before = UInt64(Date().timeIntervalSince1970)
                try await deployment.uploadAll(try Self.numbers(10, deployment))
                let between = UInt64(Date().timeIntervalSince1970) + 1
                try await Task.sleep(for: .seconds(1.1))
                try await deployment.uploadAll(try Self.numbers(11, deployment))
                try await Task.sleep(for: .seconds(1.1))
                let after = UInt64(Date().timeIntervalSince1970)
                func collect(_ since: UInt64, _ until: UInt64) async throws -> CommandResult {
                    try await deployment.collect(["--json", "--since", "\(since)", "--until", "\(until)"])
                }
                let whole = try await collect(before, after)
                #expect(whole.status == 76 && whole.stderr.contains("choose a shorter interval"), "\(whole.output)")
                let parts = [try await collect(before, between), try await collect(between, after)]
                for (part, sum) in zip(parts, ["16000000000000000000", "17600000000000000000"]) {
                    #expect(part.status == 0 && part.stdout.contains(sum), "\(part.output)")
                }
            }
        }
    }
}
