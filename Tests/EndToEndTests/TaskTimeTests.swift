import Foundation
import Testing

extension EndToEnd {
    /// A task that has not begun, or has ended, says so.
    @Suite struct TaskTimes {
        @Test func aTaskThatHasNotBegun() async throws {
            try await Deployment.with(
                bits: 32, taskOptions: ["--starts", "2098-01-01", "--ends", "2099-01-01"]
            ) { deployment in
                let said = [
                    "the task has not begun", "2098-01-01T00:00:00Z until 2099-01-01T00:00:00Z", "run the same command",
                ]
                let lines = try deployment.scratch.write(Data("a\nb\n".utf8), to: "lines")
                let results = [
                    try await deployment.upload(lines),
                    try await deployment.discover(threshold: "10", csv: deployment.scratch.file("out.csv")),
                ]
                for result in results {
                    #expect(result.status == 75, "\(result.output)")
                    for words in said { #expect(result.stderr.contains(words), "\(result.stderr)") }
                }
                let files = try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.file("task").path)
                #expect(!files.contains { $0.contains("journal") || $0 == "collector.walk.json" }, "\(files)")
                for role in Deployment.Role.allCases {
                    let log = deployment.running[role].map { Scratch.text($0.stderr) } ?? ""
                    #expect(log.contains("the task has not begun: it takes reports of 2098-01-01T00:00:00Z"), "\(log)")
                }
            }
        }

        @Test func aTaskThatHasEnded() async throws {
            let now = Int(Date().timeIntervalSince1970)
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"],
                taskOptions: [
                    "--time-precision", "1", "--batch-mode", "time-interval", "--starts", "\(now - 1000)", "--ends",
                    "\(now + 5)",
                ]
            ) { deployment in
                let ones = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                try await deployment.uploadAll(ones)
                let rest = Double(now + 5) - Date().timeIntervalSince1970
                try await Task.sleep(for: .seconds(max(0, rest) + 0.1))
                let late = try await deployment.upload(ones)
                #expect(late.status == 65 && late.stderr.contains("the task has ended"), "\(late.output)")
                func collect(_ since: Int, _ until: Int) async throws -> CommandResult {
                    try await deployment.collect(["--json", "--since", "\(since)", "--until", "\(until)"])
                }
                let before = try await collect(now - 3000, now - 2000)
                #expect(
                    before.status == 76 && before.stderr.contains("ends before the task begins"), "\(before.output)")
                let after = try await collect(now + 5, now + 6)
                #expect(after.status == 76 && after.stderr.contains("begins after the task's end"), "\(after.output)")
                // What lies partly in its time is collected.
                let whole = try await collect(now - 3000, now + 5)
                #expect(whole.stderr.contains("--since is earlier than the task"), "\(whole.output)")
                #expect(try CollectedObject(whole.stdout).result == [12])
            }
        }
    }
}
