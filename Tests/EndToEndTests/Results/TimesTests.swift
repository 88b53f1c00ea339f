import Foundation
import Testing

extension EndToEnd {
    /// Times on the command line: what no calendar has is refused before anything is asked, with what would be right.
    @Suite struct Times {
        /// A time, and words of the message.
        private static let wrong: [(String, String)] = [
            ("2026-02-29", "that month ends with 2026-02-28"),
            ("2026-02-30", "there is no day 2026-02-30"),
            ("2026-04-31", "that month ends with 2026-04-30"),
            ("2100-02-29", "that month ends with 2100-02-28"),
            ("2026-13-01", "there is no day 2026-13-01"),
            ("2026-00-10", "there is no day"),
            ("2026-01-00", "there is no day"),
            ("２０２６-01-01", "such as 2026-01-31"),
            ("２０２６０１０１", "such as 2026-01-31"),
            ("20261129", "write 2026-11-29"),
            ("20260230", "such as 2026-01-31"),
            ("2026", "write 2026-01-01"),
            ("3600", "such as 1769860800"),
            ("1769860800000", "write 2026-01-31T12:00:00Z"),
            ("202601311200", "write 2026-01-31T12:00Z"),
            ("tomorrow", "such as 2026-01-31"),
            ("2026-1-31", "such as 2026-01-31"),
            ("2026-01-31T24:00Z", "there is no time 24:00"),
            ("2026-01-31T12:60Z", "there is no time 12:60"),
            ("2026-01-31T12", "such as 2026-01-31"),
            ("2026-01-31T12:00+25:00", "there is no time +25:00"),
            ("2026-01-31T12:00Zulu", "such as 2026-01-31"),
            ("1969-12-31", "times begin with 1970-01-01"),
            ("+1769860800", "such as 1769860800"),
        ]

        @Test func whatNoCalendarHasIsRefused() async throws {
            try await Deployment.with(
                bits: 64, taskOptions: ["--batch-mode", "time-interval"], start: false
            ) { deployment in
                for (time, words) in Self.wrong {
                    let result = try await deployment.discover(
                        threshold: "10", csv: deployment.scratch.file("out.csv"),
                        options: ["--since=\(time)", "--until", "2099-01-01"])
                    #expect(result.status == 64 && result.stderr.contains(words), "\(time): \(result.output)")
                    #expect(!FileManager.default.fileExists(atPath: deployment.scratch.file("out.csv").path))
                }
                // Every other option that takes a time.
                let collected = try await deployment.collect(["--since", "2026-02-30", "--until", "2026-04-31"])
                #expect(collected.status == 64 && collected.stderr.contains("there is no day"), "\(collected.output)")
                for option in ["--starts", "--ends"] {
                    let times = ["--starts", "2026-01-01", "--ends", "2099-01-01", option, "2026-04-31"]
                    let made = try await deployment.scratch.run(
                        Checkout.populus,
                        deployment.newTask(directory: deployment.scratch.file("other"), options: times))
                    #expect(made.status == 64 && made.stderr.contains("ends with 2026-04-30"), "\(made.output)")
                }
            }
        }

        /// Every form that is taken, as `task show` shows it again.
        @Test(arguments: [
            ("2096-02-29", "2096-02-29T00:00:00Z"), ("2096-02-29T12:00", "2096-02-29T12:00:00Z"),
            ("2096-02-29T12:00Z", "2096-02-29T12:00:00Z"), ("2096-02-29 12:00:00Z", "2096-02-29T12:00:00Z"),
            ("2096-02-29T12:00:00+01:00", "2096-02-29T11:00:00Z"), ("2096-02-29T23:00-0200", "2096-03-01T01:00:00Z"),
            ("4000000000", "2096-10-02T07:06:40Z"), ("2000-03-01", "2000-03-01T00:00:00Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ])
        func whatIsATimeIsTaken(time: String, shown: String) async throws {
            try await Scratch.with { scratch in
                let made = try await scratch.populus(
                    "task", "new", "--directory", scratch.file("task").path, "--leader", "http://127.0.0.1:9001/",
                    "--helper", "http://127.0.0.1:9002/", "--min-batch-size", "10", "--bits", "64", "--exact",
                    "--starts", time,
                    "--ends", "2099-01-01", "--time-precision", "1s")
                #expect(made.status == 0, "\(made.output)")
                let sheet = try await scratch.populus("task", "show", scratch.file("task/client.json").path)
                #expect(sheet.stdout.contains("of \(shown) until 2099-01-01T00:00:00Z"), "\(sheet.output)")
            }
        }

        /// An interval in which the task takes no report is explained, and nothing is asked.
        @Test func anIntervalOutsideOfTheTask() async throws {
            let options = ["--batch-mode", "time-interval", "--starts", "2020-01-02", "--ends", "2099-01-01"]
            try await Deployment.with(bits: 64, taskOptions: options, start: false) { deployment in
                let csv = deployment.scratch.file("out.csv")
                let early = try await deployment.discover(
                    threshold: "10", csv: csv, options: ["--since", "2019-01-01", "--until", "2020-01-02"])
                #expect(
                    early.status == 76 && early.stderr.contains("task begins: it takes reports of 2020-01-02"),
                    "\(early.output)")
                let late = try await deployment.discover(
                    threshold: "10", csv: csv, options: ["--since", "2099-01-01", "--until", "2099-01-02"])
                #expect(late.status == 76 && late.stderr.contains("after the task's end"), "\(late.output)")
            }
        }
    }
}
