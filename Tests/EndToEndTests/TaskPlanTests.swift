import Foundation
import Testing

extension EndToEnd {
    /// `task plan`: what a task of walks would need, before there is one.
    @Suite struct TaskPlan {
        private func plan(_ line: String) async throws -> CommandResult {
            try await Scratch.with { scratch in
                try await scratch.run(
                    Checkout.populus, ["task", "plan"] + line.split(separator: " ").map(String.init),
                    within: .seconds(30))
            }
        }

        /// The rows of the table: what stands in each column, by the number of steps.
        private func rows(_ result: CommandResult) -> [String: [String]] {
            let lines = result.stdout.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let rows = lines.compactMap { words in
                let cells = words.first == "*" ? Array(words.dropFirst()) : words
                return cells.first.flatMap(Int.init) == nil || cells.count < 3 ? nil : cells
            }
            return Dictionary(rows.map { ($0[0], Array($0[1...])) }) { first, _ in first }
        }

        @Test func reportsAndThresholdsFollowFromThePromise() async throws {
            let found = try await plan("--clients 100000 --popular 0.5% --epsilon 2 --bits 256")
            #expect(found.status == 0 && found.stderr.isEmpty, "\(found.output)")
            let table = rows(found)
            // Bits, sigma, deviation, least threshold, and that divided by the share.
            #expect(table["64"]?.prefix(5) == ["256", "31.6", "44.7", "392", "78400"], "\(found.stdout)")
            #expect(table["32"]?.prefix(5) == ["256", "22.4", "31.6", "271", "54200"], "\(found.stdout)")
            #expect(table["8"]?.first == "64" && table["8"]?[3] == "129", "\(found.stdout)")
            #expect(found.stdout.contains("* 64 "), "\(found.stdout)")
            for words in [
                "has 500 votes", "epsilon 2, delta 1e-8", "With --max-steps 64 (*) it is found",
                "the least sensible threshold is 392 votes", "an estimate",
            ] {
                #expect(found.stdout.contains(words), "\(words): \(found.stdout)")
            }
            let missed = try await plan("--clients 100000 --popular 0.3% --epsilon 2 --bits 256")
            #expect(missed.stdout.contains("it is not found") && missed.stdout.contains("130667 reports"))
            let fewer = try await plan("--clients 100000 --popular 0.3% --epsilon 2 --bits 256 --max-steps 20")
            #expect(fewer.stdout.contains("With --max-steps 20 (*) it is found"), "\(fewer.stdout)")
            let short = try await plan("--clients 100000 --popular 0.3% --epsilon 2 --bits 256 --max-steps 8")
            #expect(short.stdout.contains("Strings of more than 64 bits are not found"), "\(short.stdout)")
        }

        @Test func exactCountsNeedNoReports() async throws {
            let exact = try await plan("--clients 100000 --popular 0.5% --encoding hash")
            #expect(exact.status == 0, "\(exact.output)")
            // 64.25 bytes a bit and some.
            let size = exact.stdout.components(separatedBy: "A report has about ").last?.prefix { $0.isNumber }
            #expect((4_400...4_700).contains(size.flatMap { Int($0) } ?? 0), "\(exact.stdout)")
            for words in ["hash-1, 64 bits, exact counts", "Counts are exact", "500 votes"] {
                #expect(exact.stdout.contains(words), "\(words): \(exact.stdout)")
            }
            #expect(rows(exact)["64"]?.first == "64", "\(exact.stdout)")
        }
    }
}
