import Foundation
import Testing

extension EndToEnd {
    /// A step whose last verdicts go with the request for its share, between real processes, near and far.
    @Suite struct FinishedSteps {
        private static let lines = [("cat", 14), ("car", 12), ("dog", 11), ("cow", 3)].flatMap {
            [String](repeating: $0.0, count: $0.1)
        }

        private func corpus(_ deployment: Deployment) throws -> URL {
            try deployment.scratch.write(Data(Self.lines.joined(separator: "\n").utf8), to: "lines")
        }

        /// How many requests of an operation the Helper has answered.
        private func count(_ operation: String, _ metrics: String) -> Int {
            metrics.split(separator: "\n").filter {
                $0.hasPrefix("populus_http_requests_total") && $0.contains("operation=\"\(operation)\"")
            }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }

        /// A step of one shard is two requests to the Helper: its evaluation, and what finishes it.
        ///
        /// Step 0 is three.
        @Test func aStepIsTwoRequests() async throws {
            try await Deployment.with(bits: 32, start: false) { deployment in
                try await deployment.start(.helper, options: deployment.admin(.helper))
                try await deployment.start(.leader)
                let lines = try corpus(deployment)
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv, options: ["--bits-per-step", "4"])
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
                let metrics = try await deployment.metrics(.helper)
                let steps = count("createAggregateShare", metrics)
                #expect(steps > 2 && count("createAggregationJob", metrics) == 1)
                #expect(count("postAggregationJob", metrics) == steps, "one a step: the continuation, and evaluations")
            }
        }

        /// All parties are a fiftieth of a second apart, and both aggregators are killed in mid-walk: the result is exact.
        @Test func farApartAndKilled() async throws {
            try await Deployment.with(bits: 32, start: false) { deployment in
                let (leader, helper) = (try Loopback.freePort(), try Loopback.freePort())
                let relay = try RunningProcess(
                    Checkout.tool("delay-relay"),
                    [
                        "--round-trip", "20", "\(deployment.ports[.leader] ?? 0):\(leader)",
                        "\(deployment.ports[.helper] ?? 0):\(helper)",
                    ], name: "relay", in: deployment.scratch)
                do {
                    try await wait(for: "the relay", within: .seconds(30)) {
                        if let status = relay.exitStatus {
                            throw HarnessError("the relay ended with \(status): \(relay.output)")
                        }
                        return Scratch.text(relay.stdout).contains("ready") ? () : nil
                    }
                    try await walk(deployment, listening: [.leader: leader, .helper: helper])
                } catch {
                    await relay.stop()
                    throw error
                }
                await relay.stop()
            }
        }

        private func walk(_ deployment: Deployment, listening: [Deployment.Role: Int]) async throws {
            func start(_ role: Deployment.Role) async throws {
                try await deployment.start(role, options: ["--listen", "127.0.0.1:\(listening[role] ?? 0)"])
            }
            try await start(.helper)
            try await start(.leader)
            let lines = try corpus(deployment)
            try await deployment.uploadAll(lines)
            let csv = deployment.scratch.file("out.csv")
            let walk = try deployment.startDiscovery(threshold: "10", csv: csv, options: ["--bits-per-step", "1"])
            let state = deployment.scratch.file("task/collector.walk.json")
            for (steps, role) in [(3, Deployment.Role.helper), (8, .leader)] {
                try await wait(for: "step \(steps)", within: .seconds(120)) {
                    WalkState.answeredSteps(state) >= steps || walk.exitStatus != nil ? () : nil
                }
                #expect(walk.exitStatus == nil, "the walk was over before anybody was killed: \(walk.output)")
                try await deployment.kill(role)
                try await start(role)
            }
            #expect(try await walk.end(within: .seconds(300)) == 0, "\(walk.output)")
            try await deployment.expectIdentical(csv, to: lines, threshold: "10")
        }
    }
}
