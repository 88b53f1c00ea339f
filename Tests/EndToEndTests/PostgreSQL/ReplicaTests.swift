#if PostgreSQL
import Foundation
import PostgreSQLHarness
import Testing

extension EndToEnd {
    /// Two Leaders and two Helpers, a database a role, a plain balancer before each pair.
    @Suite struct ReplicaWalks {
        private static let threshold = "40"
        /// A walk of some hundred short steps, so that there is a middle to disturb.
        private static let options = ["--bits-per-step", "2"]

        /// One of each is killed, with work at hand, and one of each is added: the counts are the plaintext's.
        @Test func oneOfEachIsKilledAndOneIsAdded() async throws {
            try await walk { replicas, discovery in
                try await replicas.deployment.midWalk(discovery)
                for role in Deployment.Role.allCases {
                    let victim = try replicas.busiest(role)
                    victim.process.send(SIGKILL)
                    #expect(try await victim.process.end(within: .seconds(10)) == 128 + SIGKILL)
                }
                for role in Deployment.Role.allCases { try await replicas.add(role) }
            }
        }

        /// One of each is asked to end: what it had is nobody's at once, and the others go on.
        @Test func oneOfEachIsAskedToEnd() async throws {
            try await walk { replicas, discovery in
                for (role, steps) in [(Deployment.Role.helper, 20), (.leader, 50)] {
                    try await replicas.deployment.midWalk(discovery, after: steps)
                    let asked = try replicas.busiest(role)
                    #expect(try replicas.claims(of: asked) > 0)
                    asked.process.send(SIGTERM)
                    #expect(try await asked.process.end(within: .seconds(15)) == 0, "\(asked.process.output)")
                    #expect(try replicas.claims(of: asked) == 0)
                }
            }
        }

        /// Servers that would not know of each other, or would share what is one's own, do not start.
        @Test func whatDoesNotGoTogetherIsRefused() async throws {
            try await Replicas.with(bits: 64, each: 1) { replicas in
                let deployment = replicas.deployment
                let first = try #require(replicas.all.first { $0.role == .leader })
                func refused(_ options: [String]) async throws -> CommandResult {
                    try await deployment.scratch.run(
                        Checkout.populus, deployment.serve(.leader) + options, within: .seconds(60))
                }
                // One that knows of no other, beside one of several.
                let alone = try await refused(["--listen", "127.0.0.1:0"])
                #expect(alone.status == 75 && alone.stderr.contains("--internal-listen"), "\(alone.output)")
                // One of several with another's folder.
                let shared = try await refused(
                    replicas.options(port: 0, cache: first.cache))
                #expect(shared.status == 75 && shared.stderr.contains(first.cache.path), "\(shared.output)")
                // One of several beside one that knows of no other.
                await first.process.stop()
                try await deployment.start(.leader, options: ["--listen", "127.0.0.1:\(try Loopback.freePort())"])
                let further = try await refused(
                    replicas.options(port: 0, cache: replicas.newCache(.leader)))
                #expect(further.status == 75 && further.stderr.contains("--internal-listen"), "\(further.output)")
            }
        }

        /// A file is one process's.
        @Test func aFileHasNoReplicas() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let refused = try await deployment.refusedStart(.leader, options: ["--internal-listen", "127.0.0.1:0"])
                #expect(refused.status == 64 && refused.stderr.contains("--internal-listen"), "\(refused.output)")
                #expect(refused.stderr.contains("PostgreSQL"), "\(refused.output)")
            }
        }

        /// Uploads, discovers and compares; the body gets the discovery and disturbs it.
        private func walk(_ body: (Replicas, RunningProcess) async throws -> Void) async throws {
            try await Replicas.with(bits: 256) { replicas in
                let deployment = replicas.deployment
                // Enough for four shards, so that each process has some.
                let lines = try await deployment.scratch.zipfURLs(distinct: 200, count: 2_400, seed: 2, maxBytes: 31)
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let discovery = try deployment.startDiscovery(
                    threshold: Self.threshold, csv: csv, options: Self.options)
                try await body(replicas, discovery)
                try await deployment.finish(
                    discovery, threshold: Self.threshold, csv: csv, options: Self.options + ["--resume"])
                try await deployment.expectIdentical(csv, to: lines, threshold: Self.threshold)
            }
        }
    }
}
#endif
