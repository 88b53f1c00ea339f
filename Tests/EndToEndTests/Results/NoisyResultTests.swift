import Foundation
import Testing

extension EndToEnd {
    /// Results with noise, through two processes: intervals, the promise, and the strings that a task cannot encode.
    ///
    /// An epsilon of 100 is little noise: a count deviates by less than one, and no test fails by chance.
    @Suite struct NoisyResults {
        private static let options = ["--epsilon", "100"]

        /// Sixty, forty and one of three strings, and thirty that are too long for 64 bits.
        private static let lines = Data(
            [("abc", 60), ("b", 40), ("zz", 1), ("a string that is too long", 30)]
                .flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n").utf8)

        private func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        @Test func aWalkSaysWhatTheNoisePromises() async throws {
            try await Deployment.with(bits: 64, taskOptions: Self.options) { deployment in
                let scratch = deployment.scratch
                let input = try scratch.write(Self.lines, to: "lines")
                let upload = try await scratch.run(
                    Checkout.populus,
                    ["upload", "--task", deployment.taskFile("client"), "--unencodable", "other", input.path])
                #expect(upload.status == 0 && upload.stdout.contains("131 reports uploaded"), "\(upload.output)")
                let csv = scratch.file("out.csv")
                let least = try await refused(deployment, csv)
                let found = try await deployment.discover(threshold: "\(least)", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try check(rows: Scratch.text(csv))
                try check(beside: object(Scratch.text(scratch.file("out.csv.json"))), least: least)
                for words in [
                    "what a whole walk releases is (100, 1e-8)-differentially private for each report",
                    "noise: discrete Gaussian, sigma 0.60, standard deviation of a count 0.85, least sensible threshold \(least) votes",
                    "low and high are the ends of each count's 95 % interval", "since noise may have taken 3 from one",
                ] { #expect(found.stdout.contains(words), "\(found.stdout)") }
                #expect(
                    found.stdout.contains(/\n\(other: (2\d|3\d) strings that the task cannot encode, \d+ to \d+\)\n/))
                try await again(deployment, csv)
            }
        }

        /// A threshold below the least sensible one is refused before anything is asked; gives the one that would do.
        private func refused(_ deployment: Deployment, _ csv: URL) async throws -> Int {
            let refused = try await deployment.discover(threshold: "7", csv: csv)
            #expect(refused.status == 76 && refused.stderr.contains("strings that nobody holds"), "\(refused.output)")
            let state = deployment.scratch.file("task/collector.walk.json").path
            #expect(!FileManager.default.fileExists(atPath: state))
            let named = try #require(refused.stderr.firstMatch(of: /give --threshold (\d+) or more/)?.1)
            return try #require(Int(named))
        }

        private func check(rows text: String) throws {
            let lines = text.components(separatedBy: "\r\n")
            #expect(lines.first == "value,count,fraction,low,high" && lines.count == 4, "\(text)")
            for (line, expected) in zip(lines.dropFirst(), [("abc", 60), ("b", 40)]) {
                let cells = line.split(separator: ",")
                let numbers = cells.compactMap { Int($0) }
                try #require(cells.count == 5 && numbers.count == 3, "\(line)")
                #expect(cells[0] == expected.0 && abs(numbers[0] - expected.1) < 9, "\(line)")
                #expect(numbers[0] - numbers[1] == 2 && numbers[2] - numbers[0] == 2, "\(line)")
                #expect(cells[2] == String(format: "%.6f", Double(numbers[0]) / 131), "\(line)")
            }
        }

        private func check(beside: [String: Any], least: Int) throws {
            let guarantee = try #require(beside["guarantee"] as? [String: Double])
            #expect((99...100).contains(guarantee["epsilon"] ?? 0) && guarantee["delta"] == 1e-8, "\(guarantee)")
            let noise = try #require(beside["noise"] as? [String: Double])
            #expect(noise["half_width"] == 2 && noise["coverage"] == 0.95, "\(noise)")
            #expect(abs((noise["sigma"] ?? 0) - 0.6) < 0.01, "\(noise)")
            #expect(abs((noise["standard_deviation"] ?? 0) - 0.85) < 0.01, "\(noise)")
            #expect(beside["margin"] as? Int == 3 && beside["votes"] as? Int == least && least == 8, "\(beside)")
            let other = try #require(beside["other"] as? [String: Int])
            #expect(abs((other["count"] ?? 0) - 30) < 9 && (other["low"] ?? 0) + 4 == other["high"], "\(other)")
        }

        /// The kept result says the same once more, in a terminal of any width.
        private func again(_ deployment: Deployment, _ csv: URL) async throws {
            let scratch = deployment.scratch
            let again = ["discover", "--task", deployment.taskFile("collector"), "--again"]
            let written = try await scratch.run(Checkout.populus, again + ["--csv", scratch.file("again.csv").path])
            #expect(written.status == 0, "\(written.output)")
            #expect(try Data(contentsOf: scratch.file("again.csv")) == Data(contentsOf: csv))
            let bar = String(repeating: " ", count: 10)
            for (columns, heading) in [
                (80, "#  count  low  high  fraction  \(bar)value"), (40, "#  count  low  high  value"),
            ] {
                let shown = try await TerminalWindow(columns: columns).run(scratch, again)
                let rows = shown.stdout.components(separatedBy: "\r\n").prefix { !$0.hasPrefix("(other") }
                #expect(shown.status == 0 && rows.first == heading && rows.count == 3, "\(shown.output)")
                #expect(rows.allSatisfy { $0.count < columns }, "\(rows)")
            }
        }

        /// Exact counts are called that, and have no intervals.
        @Test func anExactWalkSaysWhatThatMeans() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let upload = try await deployment.upload(try deployment.scratch.write(Self.lines, to: "lines"))
                #expect(upload.status == 1 && upload.stdout.contains("101 reports uploaded"), "\(upload.output)")
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(
                    found.status == 0 && found.stdout.contains("\nCounts are exact: nothing bounds"), "\(found.output)")
                #expect(Scratch.text(csv) == "value,count,fraction\r\nabc,60,0.594059\r\nb,40,0.396040\r\n")
                let beside = Scratch.text(deployment.scratch.file("out.csv.json"))
                #expect(!beside.contains("guarantee") && !beside.contains("other"), "\(beside)")
            }
        }

        /// A batch's numbers with noise: a bucket that nobody is in may be below zero in files, and never on the screen.
        @Test func aBatchHasIntervals() async throws {
            let scheme = ["--vdaf", "prio3-histogram", "--length", "3", "--epsilon", "10"]
            try await Deployment.with(scheme: scheme) { deployment in
                let lines = Array(repeating: "0", count: 30) + Array(repeating: "2", count: 20)
                try await deployment.uploadAll(
                    try deployment.scratch.write(Data(lines.joined(separator: "\n").utf8), to: "lines"))
                let csv = deployment.scratch.file("out.csv")
                let shown = try await deployment.collect(["--csv", csv.path])
                #expect(shown.status == 0, "\(shown.output)")
                #expect(
                    shown.stdout.contains("what is released of a batch is (10, 1e-8)-differentially private"),
                    "\(shown.stdout)")
                #expect(shown.stdout.contains("in brackets stands each number's 95 % interval"), "\(shown.stdout)")
                #expect(shown.stdout.split(separator: "\n").dropFirst().prefix(3).allSatisfy { $0.contains("[") })
                let rows = Scratch.text(csv).components(separatedBy: "\r\n")
                #expect(rows.first == "index,result,report_count,interval_start,interval_end,low,high")
                let numbers = rows.dropFirst().dropLast().map { $0.split(separator: ",").compactMap { Int($0) } }
                try #require(numbers.count == 3 && numbers.allSatisfy { $0.count == 7 }, "\(rows)")
                for (row, count) in zip(numbers, [30, 0, 20]) {
                    #expect(abs(row[1] - count) < 9 && row[2] == 50, "\(row)")
                    #expect(row[5] == max(0, 2 * row[1] - row[6]) || row[1] < 0, "\(row)")
                }
                let beside = try object(Scratch.text(deployment.scratch.file("out.csv.json")))
                #expect(beside["guarantee"] != nil && beside["noise"] != nil && beside["result"] == nil)
            }
        }
    }
}
