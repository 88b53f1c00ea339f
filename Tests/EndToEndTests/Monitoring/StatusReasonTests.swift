import Foundation
import Testing

extension EndToEnd {
    /// "Why is my collection not done?": a sentence, and an exit code.
    @Suite struct StatusReasons {
        /// The status by the collector's file, as JSON, and its reason; with another clock by that of another time.
        private func status(
            _ deployment: Deployment, clock: OtherClock? = nil
        ) async throws -> (result: CommandResult, reason: String?) {
            let result = try await deployment.scratch.run(
                Checkout.populus, ["status", "--task", deployment.taskFile("collector"), "--json"],
                environment: clock?.environment ?? [:], within: .seconds(30))
            let object = try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any]
            let why = object?["why"] as? [String: Any]
            #expect(why?["sentence"] is String, "\(result.output)")
            return (result, why?["reason"] as? String)
        }

        @Test func aBatchThatLacksReports() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let scratch = deployment.scratch
                let idle = try await status(deployment)
                #expect(idle.result.status == 0 && idle.reason == "nothing_asked", "\(idle.result.output)")
                let people = try await scratch.run(
                    Checkout.populus, ["status", "--task", deployment.taskFile("collector")])
                #expect(people.status == 0 && people.stdout.contains("a batch needs 10"), "\(people.output)")
                let collection = try RunningProcess(
                    Checkout.populus, ["collect", "--task", deployment.taskFile("collector")], name: "collect",
                    in: scratch)
                do {
                    let seen = try await wait(for: "a collection that waits", within: .seconds(30)) {
                        let seen = try await status(deployment)
                        return seen.reason == "too_few_reports" ? seen.result : nil
                    }
                    #expect(seen.status == 75, "\(seen.output)")
                    #expect(seen.stdout.contains("waits for reports: 0 reports"), "\(seen.output)")
                } catch {
                    await collection.stop()
                    throw error
                }
                await collection.stop()
            }
        }

        @Test func aWalkThatWaitsForItsCollector() async throws {
            try await Deployment.with(bits: 256, start: false) { deployment in
                let scratch = deployment.scratch
                try await deployment.start(.helper, options: deployment.admin(.helper))
                try await deployment.start(.leader, options: deployment.admin(.leader))
                // Enough work that the walk is not over before it is interrupted.
                let lines = try await scratch.zipfURLs(distinct: 400, count: 3000, seed: 7, maxBytes: 31)
                try await deployment.uploadAll(lines)
                let discovery = try deployment.startDiscovery(threshold: "10", csv: scratch.file("out.csv"))
                try await wait(for: "a step", within: .seconds(60)) {
                    discovery.output.contains("step 1") ? () : nil
                }
                // It says so before it asks.
                try await wait(for: "the walk", within: .seconds(60)) {
                    ["at_work", "collectors_turn"].contains(try await status(deployment).reason) ? () : nil
                }
                discovery.send(SIGKILL)
                _ = try await discovery.end(within: .seconds(10))
                let later = try await OtherClock(ahead: 600, in: scratch)
                let seen = try await wait(for: "the Collector's turn", within: .seconds(60)) {
                    let seen = try await status(deployment, clock: later)
                    return seen.reason == "collectors_turn" ? seen.result : nil
                }
                #expect(seen.status == 1 && seen.stdout.contains("discover"), "\(seen.output)")
                // Just now it is no reason to wake anybody.
                let now = try await status(deployment, clock: OtherClock(ahead: -600, in: scratch))
                #expect(now.result.status == 0 && now.reason == "at_work", "\(now.result.output)")
                let admin = "http://127.0.0.1:\(deployment.adminPorts[.helper] ?? 0)/"
                let helper = try await scratch.run(Checkout.populus, ["status", "--admin", admin])
                #expect(helper.status == 0, "\(helper.output)")
                #expect(helper.stdout.contains("Leader was last heard of"), "\(helper.output)")
                guard Promtool.isThere else { return }
                // A day later somebody is to hear of it.
                let before = try await deployment.metrics(.leader)
                try await deployment.kill(.leader)
                try await deployment.start(
                    .leader, options: deployment.admin(.leader), clock: OtherClock(ahead: 90_000, in: scratch))
                try await Scrapes(before, try await deployment.metrics(.leader), instance: "leader")
                    .expect("PopulusWalkWaits", in: scratch)
            }
        }

        @Test func whatIsNoServer() async throws {
            try await Scratch.with { scratch in
                let port = try Loopback.freePort()
                let nobody = try await scratch.run(
                    Checkout.populus, ["status", "--admin", "http://127.0.0.1:\(port)"], within: .seconds(60))
                #expect(nobody.status == 75 && nobody.stderr.contains("--admin"), "\(nobody.output)")
                let nothing = try await scratch.run(Checkout.populus, ["status"])
                #expect(nothing.status == 64 && nothing.stderr.contains("--task"), "\(nothing.output)")
            }
        }
    }
}
