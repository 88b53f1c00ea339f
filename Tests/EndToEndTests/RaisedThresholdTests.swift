import Foundation
import Testing

extension EndToEnd {
    /// Thresholds that a walk cannot begin or go on with.
    @Suite struct RaisedThresholds {
        private static func lines(_ counts: [(String, Int)]) -> Data {
            Data(counts.map { String(repeating: $0 + "\n", count: $1) }.joined().utf8)
        }

        /// A threshold above the number of waiting reports leaves them waiting.
        @Test(arguments: [[], ["--batch-mode", "time-interval", "--time-precision", "1"]])
        func aThresholdAboveTheWaitingReportsLeavesThemUntouched(mode: [String]) async throws {
            try await Deployment.with(bits: 32, taskOptions: mode) { deployment in
                let since = UInt64(Date().timeIntervalSince1970)
                let lines = try deployment.scratch.write(Self.lines([("a", 20), ("b", 4)]), to: "lines")
                try await deployment.uploadAll(lines)
                try await Task.sleep(for: .seconds(mode.isEmpty ? 0 : 1.1))
                let until = UInt64(Date().timeIntervalSince1970)
                let times = mode.isEmpty ? [] : ["--since", "\(since)", "--until", "\(until)"]
                let csv = deployment.scratch.file("out.csv")
                for threshold in ["25", "1000"] {
                    let refused = try await deployment.discover(threshold: threshold, csv: csv, options: times)
                    #expect(refused.status == 65, "\(refused.output)")
                    for said in ["24 reports wait, fewer than the threshold of \(threshold)", "lower threshold"] {
                        #expect(refused.stderr.contains(said), "\(refused.stderr)")
                    }
                    #expect(
                        !FileManager.default.fileExists(
                            atPath: deployment.scratch.file("task/collector.walk.json").path))
                }
                let walked = try await deployment.discover(threshold: "20", csv: csv, options: times)
                #expect(walked.status == 0 && walked.stdout.contains("1 string with 20 votes"), "\(walked.output)")
            }
        }

        /// Five beginnings with enough votes need ten candidates, and eight are permitted: three do.
        @Test func aStepWithTooManyCandidatesWaitsForAHigherThreshold() async throws {
            try await Deployment.with(bits: 32, taskOptions: ["--max-candidates", "8"]) { deployment in
                let lines = try deployment.scratch.write(
                    Self.lines([("1", 10), ("A", 10), ("a", 20), ("é", 20), ("€", 25)]), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let first = try await deployment.discover(threshold: "10", csv: csv)
                #expect(first.status == 76, "\(first.output)")
                for said in ["a threshold of 11 or more", "--threshold 11", "--resume"] {
                    #expect(first.stderr.contains(said), "\(first.stderr)")
                }
                #expect(!first.stderr.contains("--abandon"))
                // The same again is no way on, and neither is a lower one.
                let same = try await deployment.discover(threshold: "10", csv: csv, options: ["--resume"])
                #expect(same.status == 76 && same.stderr.contains("a threshold of 11 or more"), "\(same.output)")
                let raised = try await deployment.discover(threshold: "12", csv: csv, options: ["--resume"])
                #expect(
                    raised.status == 0 && raised.stdout.contains("3 strings with 12 votes or more"), "\(raised.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "12")
            }
        }
    }
}
