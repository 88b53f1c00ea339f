import Foundation
import Testing

/// The benchmark of the engine, measuring hardly at all.
@Suite struct WalkBenchmarkTests {
    @Test func everyRowIsMeasured() async throws {
        try await Scratch.with { scratch in
            let executable = Checkout.product("walk-benchmark")
            let table = try await scratch.run(executable, ["--smoke"])
            #expect(table.status == 0, "\(table.output)")
            for text in ["inner level:", "whole walk in memory:", "as counted in plaintext", "leaf level:", "growth:"] {
                #expect(table.stdout.contains(text), "\(table.output)")
            }

            let json = try await scratch.run(executable, ["--smoke", "--json"])
            #expect(json.status == 0 && json.stderr.isEmpty, "\(json.output)")
            let object = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any]
            #expect(object?["cpu"] is String && object?["path"] is String)
            for (row, list) in [("inner", "cases"), ("walk", "cases"), ("growth", "points"), ("growth", "lines")] {
                let fields = try #require(object?[row] as? [String: Any])
                #expect((fields[list] as? [Any])?.isEmpty == false, "\(row)")
            }
            let walk = try #require(object?["walk"] as? [String: Any])
            #expect((walk["found"] as? Int ?? 0) > 0 && (walk["seconds"] as? Double ?? 0) > 0)
            for each in walk["cases"] as? [[String: Any]] ?? [] {
                #expect((each["candidates"] as? Int ?? 0) >= (each["steps"] as? Int ?? 0))
            }
            #expect(((object?["leaf"] as? [String: Any])?["must_reach"] as? Double) == 40)
        }
    }

    @Test(arguments: ["inner", "walk", "leaf", "growth"]) func oneRowAlone(row: String) async throws {
        try await Scratch.with { scratch in
            let json = try await scratch.run(
                Checkout.product("walk-benchmark"), ["--json", "--only", row, "--smoke"])
            #expect(json.status == 0, "\(json.output)")
            let object = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any]
            #expect(Set((object ?? [:]).keys) == ["cpu", "path", row])
        }
    }

    @Test(arguments: [["--fast"], ["--only"], ["--only", "outer"]])
    func unknownOptions(options: [String]) async throws {
        try await Scratch.with { scratch in
            let refused = try await scratch.run(Checkout.product("walk-benchmark"), options)
            #expect(refused.status == 64 && refused.stderr.hasPrefix("usage: walk-benchmark"))
        }
    }
}
