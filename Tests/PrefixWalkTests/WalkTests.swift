import Foundation
import Kernels
import PrefixWalk
import Testing
import VDAF

/// A folder of its own for one test.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "walk-tests-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// How a walk's evaluators keep their state.
enum Carrying: CaseIterable {
    case memory
    case spilled
    /// No budget and nowhere to spill: every step from the root.
    case dropped
    /// A restart before every other step.
    case restarted
}

@Suite struct WalkTests {
    static let pathsAndCarrying = WalkPath.available.flatMap { path in Carrying.allCases.map { (path, $0) } }

    /// Levels of a walk: every level where there are few; else skipping some, then a jump to the leaf.
    static func levels(bits: Int, using random: inout SplitMix) -> [Int] {
        var levels: [Int] = []
        var level = -1
        while true {
            level += Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 2...5, using: &random) : 1
            guard level < bits - 1, levels.count < 24 else { break }
            levels.append(level)
        }
        return levels + [bits - 1]
    }

    func walk(
        bits: Int, seed: UInt64, path: WalkPath, carrying: Carrying, limit: UInt64 = Field64.modulus, most: Int = 40,
        blockLimit: Int = 2048
    ) throws {
        try withTemporaryDirectory { directory in
            var random = SplitMix(seed: seed)
            let fixture = try WalkFixture(bits: bits, reports: 23, seed: seed, samplingLimit: limit)
            var options = ShardEvaluator.Options()
            options.path = path
            options.blockLimit = blockLimit
            options.bounds = WalkBounds(field64: limit)
            let evaluators = try (0..<2).map { aggregator in
                let budget =
                    switch carrying {
                    case .memory, .restarted: StateBudget(limitBytes: 1 << 30)
                    case .spilled: StateBudget(limitBytes: 0, spillDirectory: directory)
                    case .dropped: StateBudget(limitBytes: 0)
                    }
                return try ShardEvaluator(
                    segment: fixture.segment(aggregatorID: aggregator, in: directory), verifyKey: fixture.verifyKey,
                    ctx: fixture.ctx, aggregatorID: aggregator, budget: budget, options: options)
            }
            var comparison = WalkComparison(fixture, evaluators: evaluators)
            for (index, level) in Self.levels(bits: bits, using: &random).enumerated() {
                let parameter = try fixture.candidates(
                    level: level, after: comparison.history.last, most: most, using: &random)
                if carrying == .restarted, index % 2 == 1 { evaluators.forEach { $0.dropCarriedState() } }
                try comparison.step(parameter)
                let carries = carrying != .dropped && level < bits - 1
                #expect(evaluators.allSatisfy { $0.carriedLevel == (carries ? level : nil) })
            }
            // A walk over every level meets what is wrong with some of the tampered reports.
            if bits == 7 { #expect(comparison.live.population < fixture.reports.count) }
        }
    }

    @Test(arguments: [1, 2, 7, 17, 64, 256], pathsAndCarrying)
    func equalsSpecification(bits: Int, how: (WalkPath, Carrying)) throws {
        for seed in UInt64(1)...2 {
            try walk(bits: bits, seed: seed &* 1000 &+ UInt64(bits), path: how.0, carrying: how.1)
        }
    }

    /// Several blocks of reports and several tiles of candidates.
    @Test(arguments: pathsAndCarrying) func equalsSpecificationInBlocks(how: (WalkPath, Carrying)) throws {
        try walk(bits: 17, seed: 5, path: how.0, carrying: how.1, most: 200, blockLimit: 4)
        try walk(bits: 17, seed: 6, path: how.0, carrying: how.1, limit: 3 << 62, most: 200, blockLimit: 8)
    }

    /// With a quarter of all draws redrawn.
    @Test(arguments: [2, 17, 64], pathsAndCarrying)
    func redrawsAsSpecified(bits: Int, how: (WalkPath, Carrying)) throws {
        try walk(bits: bits, seed: 77, path: how.0, carrying: how.1, limit: 3 << 62)
    }
}
