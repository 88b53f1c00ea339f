import Foundation
import Testing

extension EndToEnd {
    /// A task says how old a report may be, and real servers go by it.
    @Suite struct Expiry {
        @Test func theAgeIsAnOptionOfTheTask() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: ["--time-precision", "1", "--report-expiry", "1h"],
                start: false
            ) { deployment in
                for role in ["leader", "helper"] {
                    let sheet = try await deployment.scratch.populus("task", "show", deployment.taskFile(role))
                    #expect(
                        sheet.stdout.contains("report expiry") && sheet.stdout.contains("1h: older"), "\(sheet.output)")
                }
                try await deployment.start(.helper)
                try await deployment.start(
                    .leader, options: deployment.admin(.leader),
                    clock: try await OtherClock(ahead: 7200, in: deployment.scratch))
                let ones = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                let old = try await deployment.scratch.run(
                    Checkout.populus, ["upload", "--task", deployment.taskFile("client"), ones.path],
                    within: .seconds(60))
                #expect(old.status == 1 && old.stderr.contains("report_dropped"), "\(old.output)")
                #expect(try await deployment.rejections()["report_dropped"] == 12)
                // Nothing was forgotten, so the right clock takes them.
                await deployment.running[.leader]?.stop()
                try await deployment.start(.leader)
                let more = try deployment.scratch.write(Data(String(repeating: "1\n", count: 11).utf8), to: "more")
                try await deployment.uploadAll(more)
                let collected = try await deployment.collect(["--json"], within: .seconds(60))
                #expect(try CollectedObject(collected.stdout).result == [11], "\(collected.output)")
            }
        }
    }
}
