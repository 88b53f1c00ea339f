import Foundation
import Testing

extension EndToEnd {
    /// Every Prio3 variant through two processes, with exact results.
    @Suite struct Prio3 {
        @Test(arguments: Variant.all, ["leader-selected", "time-interval"])
        func isExact(variant: Variant, mode: String) async throws {
            let taskOptions = mode == "time-interval" ? RecentTime.taskOptions : ["--batch-mode", mode]
            try await Deployment.with(scheme: variant.options, taskOptions: taskOptions) { deployment in
                let input = try deployment.scratch.write(
                    Data((variant.lines + variant.wrong).joined(separator: "\n").utf8), to: "lines")
                let upload = try await deployment.upload(input)
                #expect(upload.status == 1, "\(upload.output)")
                for index in variant.wrong.indices {
                    let number = variant.lines.count + index + 1
                    #expect(upload.stderr.contains("line \(number): left out: "), "\(upload.stderr)")
                }
                #expect(upload.stdout.contains("\(variant.lines.count) reports uploaded"))

                let time = RecentTime()
                let times = mode == "time-interval" ? time.options : []
                let collected = try await deployment.collect(["--json"] + times)
                #expect(collected.status == 0, "\(collected.output)")
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == variant.result() && object.isNumber == variant.isNumber)
                #expect(object.reports == variant.lines.count)
                let whole = mode == "time-interval" ? time.since...time.until : 0...time.until + 3600
                #expect(whole.contains(object.start) && whole.contains(object.end) && object.start < object.end)
                try await again(deployment, variant, times: times, first: collected.stdout)
            }
        }

        /// An interval gives the same again; a Leader that selects gives the next batch, of other reports.
        private func again(
            _ deployment: Deployment, _ variant: Variant, times: [String], first: String
        ) async throws {
            let lines = try deployment.scratch.write(
                Data(variant.lines.joined(separator: "\r\n").utf8), to: "more")
            if times.isEmpty {
                try await deployment.uploadAll(lines)
                let next = try await deployment.collect(["--json"])
                #expect(try CollectedObject(next.stdout).result == variant.result(), "\(next.output)")
            } else {
                let same = try await deployment.collect(["--json"] + times)
                #expect(try CollectedObject(same.stdout).isSame(as: CollectedObject(first)), "\(same.output)")
                // What comes after the interval is another's.
                try await deployment.uploadAll(lines)
            }
        }

        @Test func resultsForPeopleAndSpreadsheets() async throws {
            let variant = Variant.all[3]
            try await Deployment.with(scheme: variant.options) { deployment in
                let lines = try deployment.scratch.write(
                    Data(variant.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let collected = try await deployment.collect(["--csv", csv.path])
                #expect(collected.status == 0, "\(collected.output)")
                let rows = Scratch.text(csv).components(separatedBy: "\r\n")
                #expect(rows.first == "index,result,report_count,interval_start,interval_end" && rows.last == "")
                let numbers = rows.dropFirst().dropLast().map { $0.split(separator: ",")[1] }
                #expect(numbers.map(String.init) == variant.result().map { "\($0)" })
                // Bars without colours, since nobody is at a terminal.
                #expect(collected.stdout.contains("##") && !collected.stdout.contains("\u{1b}"))
                #expect(collected.stdout.contains("53 reports, ") && collected.stdout.contains("written to "))
                #expect(collected.stdout.split(separator: "\n").allSatisfy { !$0.contains("#") || $0.count < 80 })
                // Nothing is left behind that would stand in the way of the next collection.
                #expect(
                    !FileManager.default.fileExists(
                        atPath: deployment.scratch.file(
                            "task/collector.collection.json"
                        ).path))
            }
        }

        /// Aggregators that are killed between upload and collection have everything.
        @Test func aPowerFailureLosesNothing() async throws {
            let variant = Variant.all[1]
            try await Deployment.with(scheme: variant.options) { deployment in
                let lines = try deployment.scratch.write(
                    Data(variant.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(lines)
                for role in Deployment.Role.allCases { try await deployment.kill(role) }
                let away = try await deployment.collect(within: .seconds(60))
                #expect(away.status == 69 && away.stderr.contains("the Leader cannot be reached"), "\(away.output)")
                for role in Deployment.Role.allCases { try await deployment.start(role) }
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).result == variant.result(), "\(collected.output)")
            }
        }

        /// The Helper is away while the batch is collected; the same command goes on.
        @Test func anInterruptedCollectionGoesOn() async throws {
            let variant = Variant.all[0]
            try await Deployment.with(scheme: variant.options, start: false) { deployment in
                let lines = try deployment.scratch.write(
                    Data(variant.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                try await deployment.uploadAll(lines)
                try await deployment.kill(.helper)
                let waiting = try RunningProcess(
                    Checkout.populus, ["collect", "--task", deployment.taskFile("collector"), "--json"],
                    name: "collect", in: deployment.scratch)
                let state = deployment.scratch.file("task/collector.collection.json")
                try await wait(for: "the collection job", within: .seconds(30)) {
                    Scratch.text(state).contains("\"job\"") ? () : nil
                }
                waiting.send(SIGKILL)
                _ = try await waiting.end(within: .seconds(10))
                try await deployment.start(.helper)
                let collected = try await deployment.collect(["--json"])
                #expect(collected.stderr.contains("going on with the collection"), "\(collected.output)")
                #expect(try CollectedObject(collected.stdout).result == variant.result(), "\(collected.output)")
                #expect(!FileManager.default.fileExists(atPath: state.path))
            }
        }
    }
}
