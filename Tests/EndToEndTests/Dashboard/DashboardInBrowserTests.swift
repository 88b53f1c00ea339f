import Foundation
import Testing

extension EndToEnd {
    /// The dashboard's pages in headless Chromium; what each script checks is said in it.
    ///
    /// `POPULUS_PICTURES` names a folder for pictures that stay.
    @Suite(.serialized) struct DashboardInBrowser {
        private static let scheme = ["--vdaf", "poplar1", "--bits", "256", "--encoding", "url", "--groups"]

        /// Crashes of a program by its version: address, and how many reports of the first batch and of the second have it.
        private static let crashes = [
            ("115.0", "https://shop.example/cart/checkout?crash=renderer", 120, 64),
            ("115.0", "https://shop.example/cart/", 42, 60),
            ("115.0", "https://news.example/2026/11/election", 35, 0),
            ("115.0", "https://maps.example/route/crash", 18, 90),
            ("116.0", "https://shop.example/cart/checkout?crash=renderer", 30, 210),
            ("116.0", "https://video.example/watch/live/crash", 0, 75),
            ("116.0", "https://video.example/watch/late", 0, 33),
            ("116.0", "https://maps.example/route/", 25, 25),
            ("116.0", "https://mail.example/inbox", 14, 12),
            ("116.0", "https://rare.example/only/seven", 7, 7),
        ]

        /// Sends one of the two batches.
        private func upload(_ deployment: Deployment, batch: Int) async throws {
            for group in ["115.0", "116.0"] {
                let lines = Self.crashes.filter { $0.0 == group }.flatMap {
                    Array(repeating: $0.1, count: batch == 1 ? $0.2 : $0.3)
                }
                let file = try deployment.scratch.write(
                    Data(lines.joined(separator: "\n").utf8), to: "lines-\(batch)-\(group)")
                let sent = try await deployment.scratch.run(
                    Checkout.populus,
                    ["upload", "--task", deployment.taskFile("client"), "--group", group, file.path])
                #expect(sent.status == 0, "\(sent.output)")
            }
        }

        /// Runs a script of Tools/dashboard-browser over a dashboard.
        private func run(_ script: String, _ dashboard: RunningDashboard, in scratch: Scratch) async throws {
            let axe = try await scratch.run(Checkout.tool("dashboard-browser/axe"), [], within: .seconds(120))
            try #require(axe.status == 0, "\(axe.output)")
            let pictures =
                ProcessInfo.processInfo.environment["POPULUS_PICTURES"] ?? scratch.file("pictures").path
            let visit = try await scratch.run(
                URL(filePath: "/usr/bin/env"),
                [
                    "node", Checkout.tool("dashboard-browser/\(script)").path, dashboard.url,
                    dashboard.tokenFile.path, pictures, axe.stdout.trimmingCharacters(in: .newlines),
                ], within: .seconds(300))
            #expect(
                visit.status == 0 && visit.stdout.hasSuffix("passed\n"), "\(visit.output)\n\(dashboard.process.output)")
        }

        /// All that an analyst does, from the login to the file that is downloaded.
        @Test func anAnalystWorks() async throws {
            try await Deployment.with(bits: 256, scheme: Self.scheme) { deployment in
                let scratch = deployment.scratch
                let results = scratch.file("results.sqlite")
                try await upload(deployment, batch: 1)
                let first = try await deployment.discover(
                    threshold: "10", csv: scratch.file("first.csv"), options: ["--results", results.path])
                #expect(first.status == 0, "\(first.output)")
                try await upload(deployment, batch: 2)
                try await RunningDashboard.with(results, tasks: [deployment.taskFile("collector")], in: scratch) {
                    try await run("dashboard.mjs", $0, in: scratch)
                }
            }
        }

        /// Strings, groups, hosts, folders and a task's addresses that want to be more than text; pages of other origins.
        @Test func hostileStringsAreText() async throws {
            try await Scratch.with { scratch in
                let results = scratch.file("results.sqlite")
                let written = try await scratch.run(Checkout.product("results-writer"), [results.path, "hostile"])
                try #require(written.status == 0, "\(written.output)")
                try await RunningDashboard.with(results, in: scratch) {
                    try await run("hostile.mjs", $0, in: scratch)
                }
            }
        }
    }
}
