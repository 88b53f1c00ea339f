import Foundation
import Testing

extension EndToEnd {
    /// What stands between a client and its Leader: a captive portal, a proxy with its own pages and limits.
    @Suite struct UploadAnswers {
        private static let count = ["--vdaf", "prio3-count"]

        private func upload(_ deployment: Deployment, _ file: URL, _ options: String...) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus, ["upload", "--task", deployment.taskFile("client"), file.path] + options,
                within: .seconds(60))
        }

        /// Nothing but a DAP-18 Leader's answer counts as uploaded; afterwards the same upload goes on.
        @Test func onlyALeadersAnswerCounts() async throws {
            try await LeaderProxy.with(scheme: Self.count) { deployment, proxy in
                let lines = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines")
                let answers: [(Int, String?, String)] = [
                    (204, nil, ""), (202, nil, ""), (200, "text/html", ""), (200, "text/html", "<h1>Log in</h1>"),
                    (200, nil, "thanks"), (206, nil, ""),
                    (200, "application/ppm-dap;message=upload-errors", "these are no upload errors"),
                ]
                for (status, type, body) in answers {
                    try proxy.order(.answer(status: status, type: type, body: body))
                    let result = try await upload(deployment, lines, "--resume")
                    #expect(result.status == 70, "\(status): \(result.output)")
                    #expect(result.stderr.contains("not that of a DAP-18 Leader"), "\(status): \(result.output)")
                    #expect(result.stderr.contains("--resume"), "\(status): \(result.output)")
                }
                try proxy.order(.pass)
                let result = try await upload(deployment, lines, "--resume")
                #expect(result.status == 0 && result.stdout.hasPrefix("12 reports uploaded"), "\(result.output)")
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 12, "\(collected.output)")
            }
        }

        /// A login page in the place of an aggregator is not taken for one: nothing is begun, and nothing given up.
        @Test func aPageIsNoLeader() async throws {
            try await LeaderProxy.with(scheme: Self.count) { deployment, proxy in
                func files() throws -> Set<String> {
                    Set(try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.file("task").path))
                }
                let before = try files()
                try proxy.order(.page)
                let early = try await deployment.collect()
                #expect(early.status == 70, "\(early.output)")
                #expect(try files() == before)

                // A collection that waits for reports is interrupted; giving it up needs the Leader's word.
                try proxy.order(.pass)
                let waiting = try RunningProcess(
                    Checkout.populus, ["collect", "--task", deployment.taskFile("collector")], name: "collect",
                    in: deployment.scratch)
                try await wait(for: "the collection's state", within: .seconds(20)) {
                    try files().contains { $0.hasSuffix(".lock") } ? () : nil
                }
                try await Task.sleep(for: .seconds(1))
                waiting.send(SIGINT)
                #expect(try await waiting.end(within: .seconds(10)) == 130, "\(waiting.output)")
                let begun = try files()
                #expect(begun.count == before.count + 1, "\(begun)")
                try proxy.order(.page)
                let abandoned = try await deployment.collect(["--abandon"])
                #expect(abandoned.status == 70, "\(abandoned.output)")
                #expect(try files() == begun)
            }
        }

        /// Requests shrink until they fit, and stay so; a report that does not fit alone is named with its size.
        @Test func requestsShrinkUntilTheyFit() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "256"]
            try await LeaderProxy.with(scheme: scheme) { deployment, proxy in
                let lines = try deployment.scratch.write(
                    Data((1...300).map { "line \($0)\n" }.joined().utf8), to: "lines")
                try proxy.order(.limit(100_000))
                let result = try await upload(deployment, lines)
                #expect(result.status == 0 && result.stdout.hasPrefix("300 reports uploaded"), "\(result.output)")
                #expect(result.stderr.contains("larger requests were refused for their size"), "\(result.output)")
                let taken = proxy.uploads.filter { $0.status == 200 }.map(\.bytes)
                #expect(taken.allSatisfy { $0 <= 100_000 } && taken.reduce(0, +) > 300 * 15_000, "\(taken)")
                // What was learnt is remembered: two requests were under way at the most while sizes were tried.
                #expect(proxy.uploads.count { $0.status == 413 } <= 24, "\(proxy.uploads)")

                try proxy.order(.limit(5_000))
                let few = try deployment.scratch.write(Data("a\nb\nc\n".utf8), to: "few")
                let refused = try await upload(deployment, few)
                let least = proxy.uploads.map(\.bytes).min() ?? 0
                #expect(refused.status == 76, "\(refused.output)")
                #expect(refused.stderr.contains("\(least) bytes"), "\(least): \(refused.output)")
                #expect(refused.stderr.contains("client_max_body_size"), "\(refused.output)")
                try proxy.order(.pass)
                let resumed = try await upload(deployment, few, "--resume")
                #expect(resumed.status == 0 && resumed.stdout.hasPrefix("3 reports uploaded"), "\(resumed.output)")
            }
        }
    }
}
