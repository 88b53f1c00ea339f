import Foundation
import Testing

extension EndToEnd {
    /// An interval that is not over: nothing is asked, unless it is waited for or cut.
    @Suite struct OpenIntervals {
        private static let lines = Data(String(repeating: "foo\n", count: 12).utf8)

        @Test func discoverSaysWhenItIsOver() async throws {
            try await Deployment.with(bits: 64, taskOptions: RecentTime.taskOptions) { deployment in
                try await deployment.uploadAll(try deployment.scratch.write(Self.lines, to: "lines"))
                let csv = deployment.scratch.file("out.csv")
                let times = ["--since", "2020-01-01", "--until", "2099-01-01"]
                let refused = try await deployment.discover(threshold: "10", csv: csv, options: times)
                #expect(refused.status == 75, "\(refused.output)")
                for words in ["it ends at 2099-01-01T00:00:00Z", "nothing was asked", "--wait", "--early"] {
                    #expect(refused.stderr.contains(words), "\(refused.stderr)")
                }
                #expect(
                    !FileManager.default.fileExists(atPath: deployment.scratch.file("task/collector.walk.json").path))
                let both = try await deployment.discover(
                    threshold: "10", csv: csv, options: times + ["--wait", "--early"])
                #expect(both.status == 64 && both.stderr.contains("--wait and --early exclude each other"))

                // Cut, interrupted as if by a Leader that is away, and gone on with.
                try await Task.sleep(for: .seconds(1))
                try await deployment.kill(.helper)
                let begun = try deployment.startDiscovery(threshold: "10", csv: csv, options: times + ["--early"])
                let state = deployment.scratch.file("task/collector.walk.json")
                try await wait(for: "the collection job", within: .seconds(30)) {
                    Scratch.text(state).contains("\"lastJob\"") ? () : nil
                }
                begun.send(SIGKILL)
                _ = try await begun.end(within: .seconds(10))
                try await deployment.start(.helper)
                let resumed = try await deployment.discover(
                    threshold: "10", csv: csv, options: times + ["--early", "--resume"])
                #expect(resumed.status == 0, "\(resumed.output)")
                try await deployment.expectIdentical(
                    csv, to: deployment.scratch.file("lines"), threshold: "10")
                // The rest of the interval is still open.
                try await deployment.uploadAll(deployment.scratch.file("lines"))
            }
        }

        @Test func collectSaysWhenItIsOver() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: RecentTime.taskOptions
            ) { deployment in
                let ones = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                try await deployment.uploadAll(ones)
                let times = ["--since", "2020-01-01", "--until", "2099-01-01"]
                let refused = try await deployment.collect(["--json"] + times)
                #expect(refused.status == 75 && refused.stderr.contains("it ends at 2099-01-01T00:00:00Z"))
                try await Task.sleep(for: .seconds(1))
                let cut = try await deployment.collect(["--json"] + times + ["--early"])
                #expect(cut.status == 0 && cut.stderr.contains("stays for a later one"), "\(cut.output)")
                #expect(try CollectedObject(cut.stdout).result == [12])
                try await deployment.uploadAll(ones)
            }
        }

        /// Waiting says what for, and ends with the first signal and nothing asked.
        @Test func waitingCanBeInterrupted() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: RecentTime.taskOptions
            ) { deployment in
                let waiting = try RunningProcess(
                    Checkout.populus,
                    [
                        "collect", "--task", deployment.taskFile("collector"), "--since", "2020-01-01", "--until",
                        "2099-01-01", "--wait",
                    ], name: "collect", in: deployment.scratch)
                try await wait(for: "what is waited for", within: .seconds(30)) {
                    Scratch.text(waiting.stderr).contains("waiting until 2099-01-01T00:00:00Z") ? () : nil
                }
                waiting.send(SIGINT)
                #expect(try await waiting.end(within: .seconds(10)) == 130)
                #expect(
                    !FileManager.default.fileExists(
                        atPath: deployment.scratch.file("task/collector.collection.json").path))
            }
        }
    }
}
