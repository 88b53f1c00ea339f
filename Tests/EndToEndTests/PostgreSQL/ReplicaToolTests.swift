#if PostgreSQL
import Foundation
import Testing

extension EndToEnd {
    /// Tools/replicas with the executable of this build.
    @Suite struct ReplicaTool {
        private let options = ["--reports", "300", "--distinct", "40", "--seed", "3"]

        /// An exact result, and the table of what it cost: processes that were killed are in it.
        @Test func itTellsWhatAWalkCosts() async throws {
            try await Scratch.with { scratch in
                let result = try await run(options + ["--kill", "--add", "--after", "2"], in: scratch)
                #expect(result.status == 0, "\(result.output)")
                let said = result.stdout
                #expect(said.contains("identical to the plaintext count"), "\(said)")
                for role in ["leader", "helper"] {
                    #expect(said.contains("\(role)-") && said.contains("\(role) added"), "\(said)")
                }
                let rows = said.split(separator: "\n").map { $0.split(separator: " ") }
                let walk = try #require(rows.first { $0.contains("walk") })
                // Of Leaders, Helpers and PostgreSQL.
                for place in [3, 4, 7] { #expect((Double(walk[place]) ?? 0) > 0, "\(said)") }
                try expectNothing(in: scratch)
            }
        }

        @Test func itRefusesWhatLeavesNobody() async throws {
            try await Scratch.with { scratch in
                for words in [["--replicas", "1", "--kill"], ["--compare", "--kill"], ["--replicas", "0"]] {
                    let refused = try await run(words, in: scratch)
                    #expect(refused.status == 2 && refused.stderr.contains("error: --"), "\(refused.output)")
                }
            }
        }

        private func run(_ words: [String], in scratch: Scratch) async throws -> CommandResult {
            let binaries = Checkout.populus.deletingLastPathComponent().path
            let folder = scratch.file("tmp")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try await scratch.run(
                Checkout.tool("replicas"), words + ["--binaries", binaries], environment: ["TMPDIR": folder.path],
                within: .seconds(240))
        }

        /// Expects that no temporary file of the run is left, and no process.
        private func expectNothing(in scratch: Scratch) throws {
            let folder = scratch.file("tmp")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
            #expect(Scratch(folder: folder).processes() == [])
        }
    }
}
#endif
