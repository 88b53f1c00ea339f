import Foundation
import Testing

extension EndToEnd {
    /// The dashboard over a running pair: log in, start a walk, watch it, read its result.
    @Suite struct Dashboards {
        /// A browser with one cookie.
        private struct Browser {
            let port: Int
            var cookie = ""

            func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> RawExchange.Response {
                var head = "\(method) \(path) HTTP/1.1\nHost: 127.0.0.1:\(port)\nConnection: close"
                if !cookie.isEmpty { head += "\nCookie: \(cookie)" }
                if let body {
                    head += "\nContent-Type: application/x-www-form-urlencoded\nContent-Length: \(body.utf8.count)"
                }
                return try await RawExchange(port: port, head: head, body: .bytes(Array((body ?? "").utf8))).run()
            }

            /// The value of a hidden field of a page.
            static func field(_ name: String, of page: String) -> String {
                guard let start = page.range(of: "name=\"\(name)\" value=\"") else { return "" }
                return String(page[start.upperBound...].prefix { $0 != "\"" })
            }
        }

        /// Lends a dashboard and a browser that is logged in while the body runs.
        private func withDashboard(
            _ deployment: Deployment, _ body: (Browser, RunningProcess) async throws -> Void
        ) async throws {
            let scratch = deployment.scratch
            try await RunningDashboard.with(
                scratch.file("results.sqlite"), tasks: [deployment.taskFile("collector")], in: scratch
            ) { dashboard in
                var browser = Browser(port: dashboard.port)
                let token = Scratch.text(dashboard.tokenFile).trimmingCharacters(in: .newlines)
                let login = try await browser.ask("POST", "/login", "token=\(token)")
                #expect(login.status == 303)
                browser.cookie = login.fields["set-cookie"].map { String($0.prefix { $0 != ";" }) } ?? ""
                try await body(browser, dashboard.process)
            }
        }

        /// A viewer's open stream ends with the server, and does not hold it up.
        private func expectEnd(
            of process: RunningProcess, whileWatching task: String, _ browser: Browser
        ) async throws {
            let head =
                "GET \(task)/events HTTP/1.1\r\nHost: 127.0.0.1:\(browser.port)\r\nCookie: \(browser.cookie)\r\n\r\n"
            let watched = try await RawConversation(port: browser.port).run(head, within: .seconds(30)) { text in
                if text.contains("data: ") { process.send(SIGTERM) }
                return false
            }
            #expect(watched.status == 200 && watched.isClosed && watched.body.contains("\"over\":true"))
            #expect(try await process.end(within: .seconds(20)) == 0)
        }

        /// A second one on the same file of results would make the first one's token worthless.
        @Test func aSecondDashboardNeedsAnotherTokenFile() async throws {
            try await Scratch.with { scratch in
                let results = scratch.file("results.sqlite")
                let written = try await scratch.run(Checkout.product("results-writer"), [results.path, "1", "3"])
                #expect(written.status == 0, "\(written.output)")
                try await RunningDashboard.with(results, in: scratch) { first in
                    let token = Scratch.text(first.tokenFile)
                    let command = ["dashboard", "--results", results.path, "--listen", "127.0.0.1:0"]
                    let second = try await scratch.run(Checkout.populus, command)
                    #expect(second.status == 75 && second.output.contains("give --token-file"), "\(second.output)")
                    #expect(Scratch.text(first.tokenFile) == token)
                    let other = try RunningProcess(
                        Checkout.populus, command + ["--token-file", scratch.file("other.token").path],
                        name: "second", in: scratch)
                    try await wait(for: "the second dashboard", within: .seconds(30)) {
                        Scratch.text(other.stdout).contains("ready") ? () : nil
                    }
                    #expect(await other.stop())
                }
            }
        }

        @Test func aWalkIsStartedAndKept() async throws {
            try await Deployment.with(bits: 256) { deployment in
                let scratch = deployment.scratch
                let lines = [("<b>bold</b>", 30), ("https://a.example/1", 20), ("rare", 3)]
                    .flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n")
                try await deployment.uploadAll(try scratch.write(Data(lines.utf8), to: "lines"))
                try await withDashboard(deployment) { browser, process in
                    let mode =
                        try FileManager.default.attributesOfItem(
                            atPath: scratch.file("results.sqlite.token").path)[.posixPermissions] as? Int
                    #expect(mode == 0o600)
                    let tasks = try await browser.ask("GET", "/")
                    let csrf = Browser.field("csrf", of: tasks.body)
                    let start = try #require(tasks.body.range(of: "/tasks/"))
                    let task = "/tasks/" + tasks.body[start.upperBound...].prefix { $0 != "\"" }

                    let refused = try await browser.ask("POST", task + "/discover", "csrf=\(csrf)&threshold=none")
                    #expect(refused.status == 422 && refused.body.contains("a threshold is"))
                    let asked = try await browser.ask("POST", task + "/discover", "csrf=\(csrf)&threshold=10")
                    let question = Browser.field("question", of: asked.body)
                    #expect(asked.status == 200 && !question.isEmpty, "\(asked.body)")
                    let begun = try await browser.ask("POST", task + "/start", "csrf=\(csrf)&question=\(question)")
                    #expect(begun.status == 303, "\(begun.body)")

                    let live = try await wait(for: "the walk's result", within: .seconds(120)) {
                        let live = try await browser.ask("GET", task + "/live")
                        if live.body.contains("Open the result"), live.body.contains("/walks/") { return live.body }
                        guard !live.body.contains("without a result") else { throw HarnessError(live.body) }
                        return nil
                    }
                    let path = try #require(live.firstMatch(of: /\/tasks\/[A-Za-z0-9_-]+\/walks\/[A-Za-z0-9_-]+/))
                    let walk = try await browser.ask("GET", String(path.output))
                    #expect(walk.body.contains("&lt;b&gt;bold") || walk.body.contains("&#60;b&#62;bold"))
                    #expect(!walk.body.contains("<b>bold") && !walk.body.contains("rare"))
                    let csv = try await browser.ask("GET", path.output + "/result.csv")
                    #expect(csv.body.hasPrefix("value,count,fraction\r\n<b>bold</b>,30,"))

                    // The same as the command keeps: beside the task, and in the file.
                    let again = try await scratch.run(
                        Checkout.populus,
                        [
                            "discover", "--task", deployment.taskFile("collector"), "--again", "--csv",
                            scratch.file("again.csv").path,
                        ])
                    #expect(again.status == 0 && scratch.text("again.csv") == csv.body, "\(again.output)")
                    #expect(
                        !FileManager.default.fileExists(atPath: scratch.file("task/collector.walk.json").path),
                        "the walk's state is gone once its result is kept")
                    try await self.expectEnd(of: process, whileWatching: task, browser)
                }
            }
        }
    }
}
