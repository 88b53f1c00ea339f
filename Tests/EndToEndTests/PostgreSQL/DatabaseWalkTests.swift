#if PostgreSQL
import Foundation
import PostgreSQLHarness
import Testing

extension EndToEnd {
    /// One aggregator's store in PostgreSQL, the other's in a file: both ways round, with exact results whatever happens.
    @Suite struct DatabaseWalks {
        private static let threshold = "15"

        /// Killed with its cache gone, and then the database killed, each in the middle of the walk.
        @Test(arguments: Deployment.Role.allCases)
        func aWalkLosesItsServerItsCacheAndItsDatabase(role: Deployment.Role) async throws {
            try await with(role, bits: 512) { deployment, server in
                let lines = try await deployment.scratch.zipfURLs(distinct: 200, count: 800, seed: 2, maxBytes: 63)
                try await deployment.uploadAll(lines)
                let (csv, options) = (deployment.scratch.file("out.csv"), ["--bits-per-step", "1"])
                let discovery = try deployment.startDiscovery(threshold: Self.threshold, csv: csv, options: options)
                try await deployment.midWalk(discovery)
                try await deployment.kill(role)
                #expect(FileManager.default.fileExists(atPath: deployment.cache(role).path))
                try FileManager.default.removeItem(at: deployment.cache(role))
                try await deployment.start(role)

                try await deployment.midWalk(discovery, after: 50)
                try server.restart(.kill)
                try await deployment.midWalk(discovery, after: 80)
                try server.restart(.fast)
                try await deployment.finish(
                    discovery, threshold: Self.threshold, csv: csv, options: options + ["--resume"])
                try await deployment.expectIdentical(csv, to: lines, threshold: Self.threshold)
            }
        }

        /// Reports that were acknowledged are in the sum, though the process and all of its files are gone.
        @Test(arguments: Deployment.Role.allCases)
        func aSumHasEveryReport(role: Deployment.Role) async throws {
            let variant = Variant.all[1]
            try await with(role, scheme: variant.options) { deployment, server in
                let lines = try deployment.scratch.write(
                    Data(variant.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(lines)
                try await deployment.kill(role)
                try FileManager.default.removeItem(at: deployment.cache(role))
                try server.restart(.immediate)
                try await deployment.start(role)
                let collected = try await deployment.collect(["--json"])
                #expect(collected.status == 0, "\(collected.output)")
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == variant.result() && object.reports == variant.lines.count)
            }
        }

        /// A database that is away for some time: uploads are refused for now, and all is well once it is back.
        @Test func aDatabaseThatIsAway() async throws {
            try await with(.leader, scheme: ["--vdaf", "prio3-count"]) { deployment, server in
                let lines = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines")
                try server.stop()
                let upload = try RunningProcess(
                    Checkout.populus, ["upload", "--task", deployment.taskFile("client"), lines.path], name: "upload",
                    in: deployment.scratch)
                try await wait(for: "a word of the log", within: .seconds(20)) {
                    deployment.running[.leader]?.output.contains("the database cannot be reached") == true ? () : nil
                }
                #expect(upload.exitStatus == nil && deployment.running[.leader]?.exitStatus == nil)
                let health = RawExchange(
                    port: deployment.ports[.leader] ?? 0, head: "GET /healthz HTTP/1.1\nHost: x")
                #expect(try await health.run().status == 503)
                try server.start()
                #expect(try await upload.end(within: .seconds(90)) == 0, "\(upload.output)")
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).result == [12], "\(collected.output)")
                #expect(try await health.run().status == 200)
                let output = deployment.running[.leader]?.output ?? ""
                #expect(!output.contains("password") && !output.contains("INSERT"), "\(output)")
            }
        }

        /// A task with one aggregator on a server of its own.
        private func with(
            _ role: Deployment.Role, bits: Int = 0, scheme: [String]? = nil,
            _ body: (Deployment, PostgreSQLServer) async throws -> Void
        ) async throws {
            let server = try PostgreSQLServer()
            defer { try? server.end() }
            let words = scheme ?? ["--vdaf", "poplar1", "--bits", "\(bits)", "--encoding", "bytes"]
            try await Deployment.with(bits: bits, scheme: words, start: false) { deployment in
                deployment.databases[role] = try server.makeDatabase().uri()
                try await deployment.start(.helper)
                try await deployment.start(.leader)
                try await body(deployment, server)
            }
        }
    }
}
#endif
