import Foundation
import Testing

extension EndToEnd {
    /// What becomes of a result: where it may be written, what it says of itself, how it is had once more.
    @Suite struct KeptResults {
        private static let values = [
            "x;=1+1;", "＝1+1", "👩‍💻", "می‌خواهم",
            "https://example.org/a/long/path/that/needs/more/than/forty/columns/end",
        ]

        /// Twelve of each, so that every value is popular.
        private static let lines = Data(values.flatMap { Array(repeating: $0, count: 12) }.joined(separator: "\n").utf8)

        private func isThere(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

        /// Nothing that is there and is no result is replaced, and the batch is untouched.
        @Test func nothingElseIsReplaced() async throws {
            try await Deployment.with(bits: 1024) { deployment in
                let scratch = deployment.scratch
                try await deployment.uploadAll(try scratch.write(Self.lines, to: "lines"))
                let task = deployment.taskFile("collector")
                let key = try Data(contentsOf: URL(filePath: task))
                let notes = try scratch.write(Data("value,count\r\nmine,1\r\n".utf8), to: "notes.csv")
                let linked = scratch.file("link.csv"), hard = scratch.file("hard.csv")
                try FileManager.default.createSymbolicLink(at: linked, withDestinationURL: URL(filePath: task))
                try FileManager.default.linkItem(at: URL(filePath: task), to: hard)
                _ = try scratch.write(Data("{\"mine\":1}\n".utf8), to: "beside.csv.json")
                let state = scratch.file("state.json")
                for csv in [
                    URL(filePath: task), notes, linked, hard, scratch.file("beside.csv"), scratch.file("task"), state,
                    // The file beside it would be the task's own.
                    scratch.file("task/collector"),
                ] {
                    let refused = try await deployment.discover(
                        threshold: "10", csv: csv, options: ["--state", state.path])
                    #expect(refused.status == 73 && refused.stderr.contains("--csv"), "\(csv.path): \(refused.output)")
                    #expect(!isThere(state))
                }
                #expect(try Data(contentsOf: URL(filePath: task)) == key)
                #expect(scratch.text("notes.csv") == "value,count\r\nmine,1\r\n")
                #expect(scratch.text("beside.csv.json") == "{\"mine\":1}\n")

                // What is no state is neither replaced nor removed.
                for ways in [["--resume"], ["--abandon"], []] {
                    let refused = try await deployment.discover(
                        threshold: "10", csv: scratch.file("out.csv"), options: ["--state", notes.path] + ways)
                    #expect(refused.status == 65 && refused.stderr.contains(notes.path), "\(refused.output)")
                }
                for (path, status) in [(scratch.folder.path, 73), ("/dev/null", 73)] as [(String, Int32)] {
                    let refused = try await deployment.discover(
                        threshold: "10", csv: scratch.file("out.csv"), options: ["--state", path])
                    #expect(refused.status == status && refused.stderr.contains("--state"), "\(refused.output)")
                }
                #expect(scratch.text("notes.csv") == "value,count\r\nmine,1\r\n")

                // The batch is as it was, and an empty file may be written.
                let csv = try scratch.write(Data(), to: "out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: scratch.file("lines"), threshold: "10")
                try await legible(deployment, csv)
                try await onceMore(deployment, csv)
                try await inANarrowTerminal(deployment)
                try await whereNothingCanBeWritten(deployment)
            }
        }

        /// Signs that separate or hide are dealt with, and others are as they were.
        private func legible(_ deployment: Deployment, _ csv: URL) async throws {
            let text = Scratch.text(csv)
            for row in [#""x;\x3d1+1;""#, "'＝1+1", "👩‍💻", "می‌خواهم"] {
                #expect(text.contains("\r\n\(row),12,0.200000\r\n"), "\(text)")
            }
        }

        /// The latest result again: the same bytes, what it is a result of, and nothing asked of anybody.
        private func onceMore(_ deployment: Deployment, _ csv: URL) async throws {
            let scratch = deployment.scratch
            let beside = try object(Scratch.text(scratch.file("out.csv.json")))
            #expect(beside["threshold"] as? String == "10" && beside["votes"] as? Int == 10)
            #expect(beside["report_count"] as? Int == 60 && beside["csv"] as? String == "out.csv")
            #expect(beside["command"] as? String == "discover" && beside["result"] == nil)
            let interval = try #require(beside["interval"] as? [String: Int])
            let ended = try #require(beside["ended"] as? Int)
            #expect((interval["start"] ?? 0) <= ended && ended - (interval["start"] ?? 0) < 7300)

            let folder = scratch.file("task/collector.results")
            let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(kept.count == 1)
            for path in [folder.path] + kept.map({ folder.path + "/" + $0 }) {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect((mode ?? 0o777) & 0o077 == 0, "\(path)")
            }

            let again = ["discover", "--task", deployment.taskFile("collector"), "--again"]
            let table = try await scratch.run(Checkout.populus, again + ["--csv", scratch.file("again.csv").path])
            #expect(table.status == 0, "\(table.output)")
            #expect(try Data(contentsOf: scratch.file("again.csv")) == Data(contentsOf: csv))
            let last = try #require(table.stdout.split(separator: "\n").last)
            #expect(last.contains("reports of 20") && last.contains("threshold 10") && last.hasSuffix("60 reports"))

            let replaced = try await scratch.run(Checkout.populus, again + ["--csv", csv.path])
            #expect(replaced.status == 0 && replaced.stderr.contains("replaces the result of 20"), "\(replaced.output)")
            let quiet = try await scratch.run(Checkout.populus, again + ["--quiet", "--csv", csv.path])
            #expect(quiet.status == 0 && quiet.output.isEmpty, "\(quiet.output)")

            let json = try await scratch.run(Checkout.populus, again + ["--json"])
            #expect(json.status == 0 && json.stderr.isEmpty, "\(json.output)")
            let rows = try #require(try object(json.stdout)["result"] as? [[String: Any]])
            #expect(rows.count == 5 && rows.allSatisfy { $0["count"] as? Int == 12 })
            #expect(rows.contains { $0["value"] as? String == "x;=1+1;" }, "\(rows)")

            // A device is written to, a pipe too; another threshold is another result.
            let piped = try await shell(scratch, again + ["--csv", "/dev/stdout"], "| cat")
            #expect(piped.status == 0 && piped.stdout == Scratch.text(csv), "\(piped.output)")
            let other = try await scratch.run(Checkout.populus, again + ["--threshold", "12"])
            #expect(other.status == 76 && other.stderr.contains("--threshold 10"), "\(other.output)")
        }

        /// In forty columns no line is longer, and counts and both ends of values can be read.
        private func inANarrowTerminal(_ deployment: Deployment) async throws {
            let again = ["discover", "--task", deployment.taskFile("collector"), "--again"]
            let shown = try await TerminalWindow(columns: 40).run(deployment.scratch, again)
            let rows = shown.stdout.components(separatedBy: "\r\n").prefix { !$0.contains("strings with") }
            #expect(shown.status == 0 && rows.count > 6, "\(shown.output)")
            #expect(rows.allSatisfy { $0.count < 40 }, "\(rows)")
            #expect(rows.joined().contains("   12  0.200000  https://") && rows.contains { $0.hasSuffix("end") })
        }

        /// Standard output that is closed or full: said, and the result can be had once more.
        private func whereNothingCanBeWritten(_ deployment: Deployment) async throws {
            let again = ["discover", "--task", deployment.taskFile("collector"), "--again"]
            for (options, redirection, words) in [
                (["--csv", "-"], ">&-", "is closed"), (["--json"], "> /dev/full", "No space left"),
                ([], ">&-", "is closed"),
            ] {
                let result = try await shell(deployment.scratch, again + options, redirection)
                #expect(result.status == 74 && result.stderr.contains(words), "\(result.output)")
                #expect(result.stderr.contains("--again --csv FILE") || result.stderr.contains("--again --json"))
            }
            // Nobody is left to read the table, which is no matter.
            let csv = deployment.scratch.file("out.csv").path
            let unread = try await shell(deployment.scratch, again + ["--csv", csv], "| true")
            #expect(unread.status == 0, "\(unread.output)")
        }

        private func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        private func shell(
            _ scratch: Scratch, _ arguments: [String], _ redirection: String
        ) async throws -> CommandResult {
            try await scratch.run(
                URL(filePath: "/bin/sh"), ["-c", "\"$@\" " + redirection, "sh", Checkout.populus.path] + arguments)
        }

        /// An interval that has been walked gives the same result again, with both aggregators away.
        @Test func theSameIntervalGivesTheSame() async throws {
            try await Deployment.with(bits: 64, taskOptions: RecentTime.taskOptions) { deployment in
                let scratch = deployment.scratch
                let lines = Data(String(repeating: "word\n", count: 15).utf8)
                try await deployment.uploadAll(try scratch.write(lines, to: "lines"))
                let time = RecentTime()
                let first = try await deployment.discover(
                    threshold: "80%", csv: scratch.file("out.csv"), options: time.options)
                #expect(first.status == 0 && first.stdout.contains("threshold 80% (12 votes)"), "\(first.output)")
                // In a pipe or a file one line a minute is progress enough.
                let steps = first.stderr.split(separator: "\n").filter { $0.hasPrefix("step ") }
                #expect(steps.count == 1, "\(first.stderr)")
                for role in Deployment.Role.allCases { try await deployment.kill(role) }
                let again = scratch.file("again.csv")
                let second = try await deployment.discover(threshold: "80%", csv: again, options: time.bounds)
                #expect(second.status == 0 && second.stderr.contains("nothing was asked"), "\(second.output)")
                #expect(try Data(contentsOf: again) == Data(contentsOf: scratch.file("out.csv")))
                let lower = try await deployment.discover(threshold: "70%", csv: again, options: time.bounds)
                #expect(lower.status == 76 && lower.stderr.contains("--again"), "\(lower.output)")
                let picked = try await scratch.run(
                    Checkout.populus,
                    ["discover", "--task", deployment.taskFile("collector"), "--again", "--json"] + time.bounds)
                let asked = try object(picked.stdout)["asked"] as? [String: UInt64]
                #expect(asked == ["start": time.since, "end": time.until], "\(picked.output)")
            }
        }
    }
}
