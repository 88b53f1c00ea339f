import Foundation
import Testing

extension EndToEnd {
    /// Who is away, or not the one that it should be: who notices, and who is told.
    @Suite struct PeerStatus {
        private func status(_ deployment: Deployment, _ role: String, _ options: String...) async throws
            -> CommandResult
        {
            try await deployment.scratch.run(
                Checkout.populus, ["status", "--task", deployment.taskFile(role)] + options, within: .seconds(30))
        }

        private func object(_ result: CommandResult) throws -> [String: Any] {
            try #require(
                try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any], "\(result.output)")
        }

        private func count(_ text: String, in output: String) -> Int { output.components(separatedBy: text).count - 1 }

        private static let lines = Data(String(repeating: "1\n", count: 12).utf8)
        private static let away = "the Helper does not answer as it should"

        /// Uploads succeed and `/healthz` says ok; so the log says it, once, and so do metrics and `status`.
        @Test func aHelperWithAnotherTasksFile() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let scratch = deployment.scratch
                let other = scratch.file("other")
                let made = try await scratch.run(Checkout.populus, deployment.newTask(directory: other))
                try #require(made.status == 0, "\(made.output)")
                let stranger = ["--task", other.appending(path: "helper.json").path]
                let store = scratch.file("stranger.sqlite").path
                _ = try await scratch.run(
                    Checkout.populus, ["store", "create", "--store", store] + stranger)
                let wrong = try RunningProcess(
                    Checkout.populus,
                    ["helper", "--listen", "127.0.0.1:\(deployment.ports[.helper] ?? 0)", "--store", store] + stranger,
                    name: "stranger", in: scratch)
                let leader = try await deployment.start(.leader, options: deployment.admin(.leader))
                try await wait(for: "the Leader's word", within: .seconds(10)) {
                    leader.output.contains(Self.away) ? () : nil
                }
                #expect(leader.output.contains("does not serve this task"), "\(leader.output)")
                #expect(leader.output.contains("may be lost"))
                try await deployment.uploadAll(scratch.write(Self.lines, to: "lines"))

                // Some of the pauses after which the Leader tries again.
                try await Task.sleep(for: .seconds(7))
                #expect(count(Self.away, in: leader.output) == 1, "\(leader.output)")
                let health = RawExchange(port: deployment.ports[.leader] ?? 0, head: "GET /healthz HTTP/1.1\nHost: x")
                let answer = try await health.run()
                #expect(answer.status == 200 && answer.body == "ok\n")
                let metrics = try await deployment.metrics(.leader)
                #expect(metrics.contains("populus_peer_up{task=") && metrics.contains("\"} 0\n"), "\(metrics)")

                let collector = try await status(deployment, "collector")
                #expect(
                    collector.status == 76 && collector.stdout.contains("does not serve this"), "\(collector.output)")
                let operators = try await status(deployment, "leader")
                #expect(operators.status == 76 && operators.stdout.contains("refuses"), "\(operators.output)")
                let client = try await status(deployment, "client", "--json")
                let seen = try object(client)
                #expect(client.status == 76 && (seen["helper"] as? [String: Any])?["knows_task"] as? Bool == false)
                #expect((seen["leader"] as? [String: Any])?["knows_task"] as? Bool == true)

                await wrong.stop()
                try await deployment.start(.helper)
                try await wait(for: "the way back", within: .seconds(20)) {
                    leader.output.contains("the Helper answers as it should again") ? () : nil
                }
                try await whenAllIsWell(deployment)
            }
        }

        private func whenAllIsWell(_ deployment: Deployment) async throws {
            for role in ["collector", "leader", "helper", "client"] {
                let people = try await status(deployment, role)
                #expect(people.status == 0 && !people.stdout.isEmpty, "\(role): \(people.output)")
                let machines = try await status(deployment, role, "--json")
                let seen = try object(machines)
                #expect(machines.status == 0 && seen["well"] as? Bool == true, "\(machines.output)")
                // How many reports wait is for the Collector and the Leader's operator.
                let own = (seen["leader"] as? [String: Any])?["status"] as? [String: Any]
                let reports = own?["reports"] as? [String: Any]
                #expect((reports?["at_least"] is Int) == ["collector", "leader"].contains(role), "\(machines.stdout)")
                #expect(role != "client" || !machines.stdout.contains("at_least"))
            }
            // What was uploaded before is sealed to the stranger's key: lost, as the log says.
            try await deployment.uploadAll(deployment.scratch.write(Self.lines, to: "more"))
            let result = try await deployment.collect(["--json"])
            #expect(result.status == 0 && result.stdout.contains("\"result\":12"), "\(result.output)")
        }

        /// While a walk waits, it is told who is waited for, and since when; the wait can have an end.
        @Test func aWalkThatWaits() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "word\n", count: 20).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                try await deployment.kill(.helper)
                let csv = deployment.scratch.file("out.csv")
                let limited = try await deployment.discover(
                    threshold: "10", csv: csv, options: ["--max-wait", "2s"], within: .seconds(30))
                #expect(limited.status == 75, "\(limited.output)")
                #expect(limited.stderr.contains("nothing is lost") && limited.stderr.contains("--resume"))

                let discovery = try deployment.startDiscovery(threshold: "10", csv: csv, options: ["--resume"])
                try await wait(for: "a word on the Helper", within: .seconds(20)) {
                    discovery.output.contains("waiting for the Helper since 20") ? () : nil
                }
                #expect(discovery.output.contains("Connection refused"), "\(discovery.output)")
                let walk = try await status(deployment, "collector")
                #expect(walk.status == 75 && walk.stdout.contains("step 1, bit"), "\(walk.output)")

                try await deployment.kill(.leader)
                try await wait(for: "a word on the Leader", within: .seconds(20)) {
                    discovery.output.contains("waiting for the Leader: ") ? () : nil
                }
                #expect(discovery.output.contains(", since 20"), "\(discovery.output)")
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                #expect(try await discovery.end(within: .seconds(60)) == 0, "\(discovery.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// A collection that waits says what for: too few reports, or a proxy that takes no large bodies.
        @Test func aCollectionThatWaits() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let server = try Loopback.freePort()
                let scratch = deployment.scratch
                try await deployment.start(.helper, options: ["--listen", "127.0.0.1:\(server)"])
                try await StubbornProxy.with(
                    in: scratch, port: deployment.ports[.helper] ?? 0, before: server, limit: 300
                ) {
                    let leader = try await deployment.start(.leader)
                    try await deployment.uploadAll(scratch.write(Data("1\n1\n1\n".utf8), to: "few"))
                    let few = try await deployment.collect(["--max-wait", "10s"], within: .seconds(40))
                    #expect(few.status == 75, "\(few.output)")
                    #expect(few.stderr.contains("36 MiB") && few.stderr.contains("nothing is lost"), "\(few.stderr)")
                    #expect(count("36 MiB", in: leader.output) == 1, "\(leader.output)")
                }
                // The proxy is mended.
                try await StubbornProxy.with(
                    in: scratch, port: deployment.ports[.helper] ?? 0, before: server, limit: 36 << 20
                ) {
                    await deployment.running[.leader]?.stop()
                    try await deployment.start(.leader)
                    let few = try await deployment.collect(["--max-wait", "10s"], within: .seconds(40))
                    #expect(few.status == 75 && few.stderr.contains("waiting for reports: 3 reports"), "\(few.output)")
                    try await deployment.uploadAll(scratch.write(Self.lines, to: "lines"))
                    let all = try await deployment.collect(["--json"])
                    #expect(all.status == 0 && all.stdout.contains("\"result\":15"), "\(all.output)")
                }
            }
        }
    }
}
