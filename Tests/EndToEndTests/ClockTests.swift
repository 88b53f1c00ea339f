import Foundation
import Testing

extension EndToEnd {
    /// A Helper whose clock is ten minutes behind destroys no report, and everybody is told.
    @Suite struct Clocks {
        private static let words = "the Helper's clock is 10 min behind the Leader's"

        private static func log(_ deployment: Deployment, _ role: Deployment.Role) -> String {
            (deployment.running[role].map { Scratch.text($0.stderr) }) ?? ""
        }

        @Test(arguments: [[], ["--batch-mode", "time-interval"]])
        func aWalkSpendsNothingWhileTheClocksDiffer(mode: [String]) async throws {
            try await Deployment.with(bits: 32, taskOptions: mode + ["--time-precision", "1"], start: false) {
                deployment in
                try await deployment.start(
                    .helper, clock: try await OtherClock(ahead: -600, in: deployment.scratch))
                try await deployment.start(.leader)
                let since = UInt64(Date().timeIntervalSince1970)
                let lines = try deployment.scratch.write(Data(String(repeating: "a\n", count: 12).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                try await Task.sleep(for: .seconds(1.1))
                let until = UInt64(Date().timeIntervalSince1970)
                let times = mode.isEmpty ? [] : ["--since", "\(since)", "--until", "\(until)"]
                let csv = deployment.scratch.file("out.csv")
                for _ in 0..<2 {
                    let refused = try await deployment.discover(threshold: "10", csv: csv, options: times)
                    #expect(refused.status == 75 && refused.stderr.contains(Self.words), "\(refused.output)")
                    #expect(refused.stderr.contains("when the clocks are right"), "\(refused.stderr)")
                    #expect(!refused.stderr.contains("upload more"), "\(refused.stderr)")
                }
                // Both logs name it, once.
                for role in Deployment.Role.allCases {
                    let log = Self.log(deployment, role)
                    #expect(log.components(separatedBy: Self.words + ": set").count == 2, "\(log)")
                }
                await deployment.running[.helper]?.stop()
                try await deployment.start(.helper)
                // What the Leader has heard is forgotten in half a minute; a restart does it at once.
                await deployment.running[.leader]?.stop()
                try await deployment.start(.leader)
                let walked = try await deployment.discover(threshold: "10", csv: csv, options: times)
                #expect(walked.status == 0, "\(walked.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        @Test func aBatchWaitsForTheHelpersClock() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: ["--time-precision", "1"], start: false
            ) { deployment in
                try await deployment.start(
                    .helper, clock: try await OtherClock(ahead: -600, in: deployment.scratch))
                try await deployment.start(.leader)
                let ones = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                try await deployment.uploadAll(ones)
                // Time enough for the Leader to send them, if it did.
                try await Task.sleep(for: .seconds(3))
                #expect(Self.log(deployment, .leader).contains(Self.words))
                for role in [Deployment.Role.helper, .leader] {
                    await deployment.running[role]?.stop()
                    try await deployment.start(role)
                }
                let collected = try await deployment.collect(["--json"], within: .seconds(60))
                #expect(collected.status == 0, "\(collected.output)")
                #expect(try CollectedObject(collected.stdout).result == [12])
            }
        }

        @Test func theSkewIsAnOptionOfTheTask() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: ["--time-precision", "1", "--clock-skew", "15m"],
                start: false
            ) { deployment in
                for role in ["leader", "helper"] {
                    let sheet = try await deployment.scratch.populus("task", "show", deployment.taskFile(role))
                    #expect(sheet.stdout.contains("clock skew") && sheet.stdout.contains("15m"), "\(sheet.output)")
                }
                // Ten minutes are within a quarter of an hour.
                try await deployment.start(
                    .helper, clock: try await OtherClock(ahead: -600, in: deployment.scratch))
                try await deployment.start(.leader)
                let ones = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                try await deployment.uploadAll(ones)
                let collected = try await deployment.collect(["--json"], within: .seconds(60))
                #expect(try CollectedObject(collected.stdout).result == [12], "\(collected.output)")
                // A store that is made after a loss refuses what the skew let in.
                let made = try await deployment.scratch.populus(
                    "store", "create", "--after-loss", "--store", deployment.scratch.file("other.sqlite").path,
                    "--task",
                    deployment.taskFile("helper"))
                let text = made.stdout.components(separatedBy: "of a time before ").last?.prefix { $0 != " " } ?? ""
                let time = ISO8601DateFormatter().date(from: String(text))?.timeIntervalSinceNow ?? 0
                #expect((880...902).contains(time), "\(made.output)")
                for wrong in ["0", "2d", "soon"] {
                    let refused = try await deployment.scratch.run(
                        Checkout.populus,
                        deployment.newTask(
                            directory: deployment.scratch.file("wrong"), options: ["--clock-skew", wrong]))
                    #expect(refused.status == 64, "\(refused.output)")
                }
            }
        }
    }
}
