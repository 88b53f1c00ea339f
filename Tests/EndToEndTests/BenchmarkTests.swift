import Foundation
import Testing

extension EndToEnd {
    /// Small runs, so that no benchmark rots; what they measure says nothing.
    @Suite struct Benchmarks {
        private func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        /// Every benchmark through the script that makes one table of them, which keeps standard output clean.
        @Test func allOfThemMakeOneTable() async throws {
            try await Scratch.with { scratch in
                let folder = Checkout.product("populus").deletingLastPathComponent().path
                let options = ["--smoke", "--binaries", folder, "--folder", scratch.folder.path]
                let result = try await scratch.run(Checkout.tool("bench.sh"), options + ["--json"])
                #expect(result.status == 0, "\(result.output)")
                let document = try object(result.stdout)
                let rows = try #require(document["rows"] as? [[String: Any]])
                for name in [
                    "inner level", "whole walk in memory", "shard", "Prio3Count", "reports freeze",
                    "first request to CSV", "upload", "round trips a step",
                ] {
                    #expect(
                        rows.contains { ($0["benchmark"] as? String)?.contains(name) == true }, "\(name): \(rows)")
                }
                let runs = try #require(document["runs"] as? [String: Any])
                let names = ["walk", "shard", "prio3", "store", "service-10k", "rounds-near", "rounds-far"]
                #expect(Set(runs.keys) == Set(names))

                let table = try await scratch.run(Checkout.tool("bench.sh"), options + ["--only", "shard"])
                #expect(table.status == 0 && table.stdout.contains("AES-ECB blocks"), "\(table.output)")
                for wrong in [["--only", "everything"], ["--large", "2m"], ["--fast"], ["--folder"]] {
                    let refused = try await scratch.run(Checkout.tool("bench.sh"), wrong)
                    #expect(refused.status == 64 && refused.stderr.hasPrefix("usage: Tools/bench.sh"))
                }
            }
        }

        /// An upload can be kept, and walked again with other widths of steps.
        @Test func anUploadIsWalkedAgain() async throws {
            try await Scratch.with { scratch in
                let program = Checkout.product("service-benchmark")
                let options = ["--smoke", "--json", "--folder", scratch.folder.path]
                let saved = scratch.file("saved").path
                let upload = try await scratch.run(program, options + ["--upload-only", "--save", saved])
                #expect(upload.status == 0, "\(upload.output)")
                #expect((try object(upload.stdout)["upload"] as? [String: Any])?["reports"] as? Int == 200)
                for width in [4, 8] {
                    let walk = try await scratch.run(
                        program, options + ["--from", saved, "--bits-per-step", "\(width)"])
                    #expect(walk.status == 0, "\(walk.output)")
                    let figures = try #require(try object(walk.stdout)["walk"] as? [String: Any])
                    #expect((figures["steps"] as? [Any])?.count == 32 / width)
                    #expect((figures["strings"] as? Int ?? 0) > 0)
                }
                // Other strings than those that were uploaded: the comparison with the plaintext count sees it.
                let other = try await scratch.run(program, options + ["--from", saved, "--seed", "2"])
                #expect(other.status != 0 && other.stderr.contains("not the plaintext count"), "\(other.output)")
            }
        }
    }
}
