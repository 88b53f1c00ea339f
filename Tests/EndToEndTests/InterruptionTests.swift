import Foundation
import Testing

extension EndToEnd {
    /// Walks that are disturbed give the same file as walks that are not.
    @Suite struct Interruption {
        /// A walk of many short steps, so that there is a middle to disturb.
        private static let options = ["--bits-per-step", "1"]
        private static let threshold = "15"

        /// Uploads a corpus, begins to discover it, lets the body disturb the walk, brings it to its end and compares.
        ///
        /// The body gets the discovery in mid-walk.
        private func disturb(_ body: (Deployment, RunningProcess) async throws -> Void) async throws {
            try await Deployment.with(bits: 512) { deployment in
                let lines = try await deployment.scratch.zipfURLs(distinct: 200, count: 800, seed: 2, maxBytes: 63)
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let discovery = try deployment.startDiscovery(
                    threshold: Self.threshold, csv: csv, options: Self.options)
                try await deployment.midWalk(discovery)
                try await body(deployment, discovery)
                try await deployment.finish(
                    discovery, threshold: Self.threshold, csv: csv, options: Self.options + ["--resume"])
                try await deployment.expectIdentical(csv, to: lines, threshold: Self.threshold)
            }
        }

        @Test func aDiscoveryInterruptedResumes() async throws {
            try await disturb { deployment, discovery in
                discovery.send(SIGINT)
                #expect(try await discovery.end(within: .seconds(15)) != 0)
                #expect(discovery.output.contains("--resume"), "\(discovery.output)")

                // Without --resume it refuses and says what can be done; with other options, or a lower threshold, too.
                let csv = deployment.scratch.file("out.csv")
                let refused = try await deployment.discover(
                    threshold: Self.threshold, csv: csv, options: Self.options)
                #expect(refused.status != 0)
                #expect(refused.output.contains("--resume") && refused.output.contains("--abandon"))
                let lower = try await deployment.discover(
                    threshold: "10", csv: csv, options: Self.options + ["--resume"])
                #expect(lower.status == 1 && lower.stderr.contains("or a higher one, not with 10"), "\(lower.output)")
                let other = try await deployment.discover(
                    threshold: Self.threshold, csv: csv, options: ["--bits-per-step", "2", "--resume"])
                #expect(other.status == 1 && other.stderr.contains("begun with other options"), "\(other.output)")
            }
        }

        @Test func aDiscoveryKilledResumes() async throws {
            try await disturb { _, discovery in
                discovery.send(SIGKILL)
                _ = try await discovery.end(within: .seconds(10))
            }
        }

        @Test(arguments: Deployment.Role.allCases)
        func anAggregatorKilledAndRestarted(role: Deployment.Role) async throws {
            try await disturb { deployment, _ in
                try await deployment.kill(role)
                try await deployment.start(role)
            }
        }

        /// `POPULUS_TEST_ABSENCE=30` makes it as long as the closing note wants it.
        @Test func theHelperIsAbsentForSomeTime() async throws {
            try await disturb { deployment, _ in
                try await deployment.kill(.helper)
                let seconds = ProcessInfo.processInfo.environment["POPULUS_TEST_ABSENCE"].flatMap { Int($0) } ?? 4
                try await Task.sleep(for: .seconds(seconds))
                try await deployment.start(.helper)
            }
        }

        /// SIGTERM ends both aggregators in mid-walk, in order, and the walk goes on afterwards.
        @Test func bothAggregatorsAreAskedToEnd() async throws {
            try await disturb { deployment, _ in
                for role in Deployment.Role.allCases {
                    let process = try #require(deployment.running[role])
                    process.send(SIGTERM)
                    #expect(try await process.end(within: .seconds(15)) == 0, "\(process.output)")
                }
                for role in Deployment.Role.allCases { try await deployment.start(role) }
            }
        }

        @Test func withNothingBegunResumeStarts() async throws {
            try await Deployment.with(bits: 128) { deployment in
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "word\n", count: 20).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let result = try await deployment.discover(threshold: "10", csv: csv, options: ["--resume"])
                #expect(result.status == 0, "\(result.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }
    }
}

extension Deployment {
    /// Waits until a discovery has some steps behind it and is still running.
    func midWalk(_ discovery: RunningProcess, after steps: Int = 20) async throws {
        try await wait(for: "the middle of the walk", within: .seconds(60)) {
            if let status = discovery.exitStatus {
                throw HarnessError("discover ended with \(status) before it could be disturbed: \(discovery.output)")
            }
            return answeredSteps >= steps ? () : nil
        }
    }

    /// How many steps the walk's state says were answered.
    private var answeredSteps: Int {
        WalkState.answeredSteps(scratch.file("task/collector.walk.json"))
    }

    /// Waits for a discovery, and resumes it as often as it gives up and says so.
    func finish(_ discovery: RunningProcess, threshold: String, csv: URL, options: [String]) async throws {
        var current = discovery
        for _ in 0..<5 {
            if try await current.end(within: .seconds(180)) == 0 { return }
            current = try startDiscovery(threshold: threshold, csv: csv, options: options)
        }
        throw HarnessError("discover did not come to its end: \(current.output)")
    }
}
