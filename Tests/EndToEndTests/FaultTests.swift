import Foundation
import Testing

extension EndToEnd {
    /// Tools/faults with the executable of this build: processes that are killed, exchanges and files that break.
    @Suite struct Faults {
        /// Seeds whose plans have between them every kind of fault, walks and sums.
        @Test(arguments: [13, 100, 103, 10, 18, 32])
        func everyRunIsExact(seed: Int) async throws {
            try await Scratch.with { scratch in
                let result = try await faults("--runs", "1", "--seed", "\(seed)", in: scratch)
                #expect(result.status == 0, "\(result.output.suffix(8_000))")
                // When a fault is met is not the plan's: a file that breaks early may end the run with a refusal.
                let said = result.stdout
                #expect(said.contains(", exact, ") || said.contains(", refused, "), "\(result.output)")
                #expect(said.contains(", 0 failed"), "\(result.output)")
                try expectNothing(in: scratch)
            }
        }

        #if PostgreSQL
        /// The same with stores in a database that is restarted, killed and cut off, and loses answers to commits.
        ///
        /// The seeds have between them walks and sums, the Leader's store, the Helper's, and both, and every kind of fault.
        @Test(arguments: [43, 66, 94, 114])
        func everyRunIsExactWithPostgreSQL(seed: Int) async throws {
            try await Scratch.with { scratch in
                let result = try await faults("--postgresql", "--runs", "1", "--seed", "\(seed)", in: scratch)
                #expect(result.status == 0, "\(result.output.suffix(8_000))")
                #expect(
                    result.stdout.contains(", exact, ") && result.stdout.contains(", PostgreSQL: "), "\(result.output)")
                try expectNothing(in: scratch)
            }
        }

        /// The same with two Leaders and two Helpers: one of both is killed, stopped and woken, or loses its cache, and one is
        /// added.
        @Test(arguments: [27, 102, 209])
        func everyRunIsExactWithReplicas(seed: Int) async throws {
            try await Scratch.with { scratch in
                let result = try await faults(
                    "--postgresql", "--replicas", "--runs", "1", "--seed", "\(seed)", in: scratch)
                #expect(result.status == 0, "\(result.output.suffix(8_000))")
                #expect(
                    result.stdout.contains(", exact, ") && result.stdout.contains(", 2 processes each"),
                    "\(result.output)")
                try expectNothing(in: scratch)
            }
        }
        #endif

        /// A harness that cannot fail would be worth nothing.
        @Test(arguments: [
            ("plaintext", "is not the plaintext count"), ("acknowledged", "acknowledged and are lost"),
            ("evaluation", "two parameters of one level"), ("history", "the Helper's history of walk"),
        ])
        func whatIsWrongIsFound(spoil: String, words: String) async throws {
            try await Scratch.with { scratch in
                let result = try await faults("--runs", "1", "--seed", "22", "--spoil", spoil, in: scratch)
                #expect(result.status == 1, "\(result.output.suffix(4_000))")
                #expect(
                    result.stdout.contains(words) && result.stdout.contains("--seed 22 --runs 1"), "\(result.output)")
                // The folder of a run that failed is kept.
                let kept = try FileManager.default.contentsOfDirectory(atPath: scratch.file("tmp").path)
                #expect(kept.count == 1 && kept[0].hasPrefix("populus-faults-seed-22."), "\(kept)")
                #expect(Scratch(folder: scratch.file("tmp")).processes() == [])
            }
        }

        /// A plan is its seed's, wherever it is made.
        @Test func theSameSeedHasTheSamePlan() async throws {
            try await Scratch.with { scratch in
                let plans = try await faults("--plan", "--seed", "7", "--runs", "3", in: scratch)
                let again = try await scratch.run(Checkout.tool("faults"), ["--plan", "--seed", "8", "--runs", "1"])
                #expect(plans.status == 0 && plans.stdout.contains("seed 7: ") && plans.stdout.contains("seed 9: "))
                #expect(again.stdout.hasPrefix("seed 8: ") && plans.stdout.contains(again.stdout), "\(again.output)")
                let words = ["--plan", "--seed", "8", "--runs", "1", "--postgresql", "--replicas"]
                let twice = try await (0..<2).asyncMap { _ in
                    try await scratch.run(Checkout.tool("faults"), words).stdout
                }
                #expect(twice[0] == twice[1] && twice[0].contains("2 processes each"), "\(twice)")
            }
        }

        @Test func anInterruptedRunCleansUp() async throws {
            try await Scratch.with { scratch in
                let run = try RunningProcess(
                    Checkout.tool("faults"), arguments(["--minutes", "5"]), name: "faults", in: scratch,
                    environment: environment(in: scratch))
                try await wait(for: "both aggregators", within: .seconds(60)) {
                    let servers = Scratch(folder: scratch.file("tmp")).processes().filter { pid in
                        Scratch.text(URL(filePath: "/proc/\(pid)/cmdline")).contains("--listen")
                    }
                    return servers.count >= 2 ? () : nil
                }
                run.send(SIGTERM)
                #expect(try await run.end(within: .seconds(30)) == 143)
                try expectNothing(in: scratch)
            }
        }

        private func arguments(_ words: [String]) -> [String] {
            words + ["--binaries", Checkout.populus.deletingLastPathComponent().path]
        }

        private func faults(_ words: String..., in scratch: Scratch) async throws -> CommandResult {
            try await scratch.run(
                Checkout.tool("faults"), arguments(words), environment: environment(in: scratch), within: .seconds(540))
        }

        private func environment(in scratch: Scratch) throws -> [String: String] {
            let folder = scratch.file("tmp")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            return ["TMPDIR": folder.path]
        }

        /// Expects that no temporary file of the run is left, and no process.
        private func expectNothing(in scratch: Scratch) throws {
            let folder = scratch.file("tmp")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
            #expect(Scratch(folder: folder).processes() == [])
        }
    }
}
