import Foundation
import Testing

extension EndToEnd {
    /// What is for an aggregator's operator and for nobody else: its metrics, its memory.
    @Suite struct OperatorOnly {
        @Test func metricsAreAtTheAdminAddressOnly() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                for role in [Deployment.Role.helper, .leader] {
                    try await deployment.start(role, options: deployment.admin(role))
                    let head = "GET /metrics HTTP/1.1\nHost: x"
                    let stranger = try await RawExchange(port: deployment.ports[role] ?? 0, head: head).run()
                    #expect(stranger.status == 404 && stranger.body.contains("--admin-listen"), "\(stranger)")
                    #expect(stranger.fields["content-type"] == "application/problem+json")
                    #expect(try await deployment.metrics(role).contains("populus_task_up{task=\""))
                    let health = RawExchange(
                        port: deployment.adminPorts[role] ?? 0, head: "GET /healthz HTTP/1.1\nHost: x")
                    #expect(try await health.run().body == "ok\n")
                }
            }
        }

        /// Whoever opens it to other machines is told so.
        @Test func anAdminAddressForEverybody() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let port = deployment.adminPorts[.helper] ?? 0
                let told = try await deployment.start(.helper, options: ["--admin-listen", "*:\(port)"])
                #expect(told.output.contains("may be reached from other machines"), "\(told.output)")
                let quiet = try await deployment.start(.leader, options: deployment.admin(.leader))
                #expect(!quiet.output.contains("other machines"), "\(quiet.output)")
            }
        }

        @Test func anAdminPortThatIsTaken() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let port = try #require(deployment.adminPorts[.helper])
                let listener = try #require(Loopback.Listener(port: port))
                try await deployment.makeStore(of: .helper)
                let result = try await deployment.scratch.run(
                    Checkout.populus, deployment.serve(.helper) + deployment.admin(.helper), within: .seconds(30))
                #expect(result.status == 71 && !result.stdout.contains("ready"), "\(result.output)")
                #expect(result.stderr.contains("--admin-listen") && result.stderr.contains("\(port)"))
                withExtendedLifetime(listener) {}
            }
        }

        /// A server's memory goes into no core dump, and no other process of its user can read it.
        @Test(arguments: Deployment.Role.allCases)
        func memoryIsKeptFromDumps(role: Deployment.Role) async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await deployment.makeStore(of: role)
                let folder = deployment.scratch.file("task").deletingLastPathComponent()
                // What belongs to root tells nothing: run as somebody else then.
                var command = [Checkout.populus.path] + deployment.serve(role)
                if geteuid() == 0 {
                    let given = try await deployment.scratch.run(
                        URL(filePath: "/bin/chown"), ["-R", "65534:65534", folder.path])
                    try #require(given.status == 0, "\(given.output)")
                    command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
                }
                let process = try RunningProcess(
                    URL(filePath: command[0]), Array(command.dropFirst()), name: "private", in: deployment.scratch)
                do {
                    try await wait(for: "the ready line", within: .seconds(30)) {
                        if let status = process.exitStatus {
                            throw HarnessError("it ended with \(status): \(process.output)")
                        }
                        return Scratch.text(process.stdout).contains("\n") ? () : nil
                    }
                    let limits = Scratch.text(URL(filePath: "/proc/\(process.pid)/limits")).split(separator: "\n")
                    let core = try #require(limits.first { $0.hasPrefix("Max core file size") })
                    #expect(core.split(whereSeparator: \.isWhitespace).dropFirst(4).prefix(2) == ["0", "0"], "\(core)")
                    let memory = try FileManager.default.attributesOfItem(atPath: "/proc/\(process.pid)/mem")
                    #expect(memory[.ownerAccountID] as? Int == 0, "the server's own user can read its memory")
                } catch {
                    await process.stop()
                    throw error
                }
                await process.stop()
            }
        }
    }
}
