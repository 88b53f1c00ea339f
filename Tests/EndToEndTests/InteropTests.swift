import Foundation
import Testing

extension EndToEnd {
    /// Tools/interop-run with the executable of this build: the four roles, driven by the test API alone.
    @Suite struct Interop {
        @Test func everyCaseIsAsItShouldBe() async throws {
            try await Scratch.with { scratch in
                let result = try await interopRun(in: scratch)
                #expect(result.status == 0, "\(result.output.suffix(8_000))")
                #expect(!result.stdout.contains("DIFFERENT"))
                try expectNothing(in: scratch)
            }
        }

        /// A runner that cannot fail would be worth nothing.
        @Test func aDifferenceEndsTheRunWithOne() async throws {
            try await Scratch.with { scratch in
                let result = try await interopRun("--only", "Prio3Sum, time-interval", "--timeout", "0", in: scratch)
                #expect(result.status == 1, "\(result.output.suffix(4_000))")
                #expect(result.stdout.contains("DIFFERENT") && result.stdout.contains("0 of 1 cases"))
                try expectNothing(in: scratch)
            }
        }

        @Test func anInterruptedRunCleansUp() async throws {
            try await Scratch.with { scratch in
                let run = try RunningProcess(
                    Checkout.tool("interop-run"), ["--only", "300 reports"], name: "interop-run", in: scratch,
                    environment: environment(in: scratch))
                try await wait(for: "four roles", within: .seconds(60)) {
                    Scratch(folder: scratch.file("tmp")).processes().count == 4 ? () : nil
                }
                run.send(SIGTERM)
                #expect(try await run.end(within: .seconds(30)) == 143)
                try expectNothing(in: scratch)
            }
        }

        @Test(arguments: ["client", "leader", "helper", "collector"])
        func aTakenPortIsNamed(role: String) async throws {
            try await Scratch.with { scratch in
                let port = try Loopback.freePort()
                let listener = try #require(Loopback.Listener(port: port))
                let result = try await scratch.populus("interop", role, "--listen", "127.0.0.1:\(port)")
                withExtendedLifetime(listener) {}
                #expect(result.status == 71)
                #expect(result.stderr.contains("port \(port) of 127.0.0.1 is taken"), "\(result.stderr)")
            }
        }

        private func interopRun(_ arguments: String..., in scratch: Scratch) async throws -> CommandResult {
            try await scratch.run(
                Checkout.tool("interop-run"), arguments, environment: environment(in: scratch), within: .seconds(540))
        }

        private func environment(in scratch: Scratch) throws -> [String: String] {
            let folder = scratch.file("tmp")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            return ["POPULUS": Checkout.populus.path, "TMPDIR": folder.path]
        }

        /// Expects that no temporary file of the run is left, and no process.
        private func expectNothing(in scratch: Scratch) throws {
            let folder = scratch.file("tmp")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
            #expect(Scratch(folder: folder).processes() == [])
        }
    }
}
