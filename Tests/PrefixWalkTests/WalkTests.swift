import Crypto
import Foundation
import PopulusKernels
import PopulusVDAF
import PrefixWalk
import Testing

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
    /// The same, with segments and spilled state sealed.
    case sealed
    /// No budget and nowhere to spill: every step from the root.
    case dropped
    /// A restart before every other step.
    case restarted

    /// What the segments are sealed with.
    var key: SegmentKey? {
        self == .sealed ? SegmentKey(SymmetricKey(data: [UInt8](repeating: 3, count: 32))) : nil
    }

    var isSpilled: Bool { self == .spilled || self == .sealed }
}

@Suite struct WalkTests {
    static let pathsAndCarrying = ProcessorPath.available.flatMap { path in Carrying.allCases.map { (path, $0) } }

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
        bits: Int, seed: UInt64, path: ProcessorPath, carrying: Carrying, limit: UInt64 = Field64.modulus,
        most: Int = 40, blockLimit: Int = 2048, reports: Int = 23, threads: any IdleThreads = OneThread()
    ) throws {
        try withTemporaryDirectory { directory in
            var random = SplitMix(seed: seed)
            let fixture = try WalkFixture(bits: bits, reports: reports, seed: seed, samplingLimit: limit)
            var options = ShardEvaluator.Options()
            options.path = path
            options.blockLimit = blockLimit
            options.levelsAhead = bits / 3
            options.bound = SamplingBound(field64: limit)
            let evaluators = try (0..<2).map { aggregator in
                let budget =
                    switch carrying {
                    case .memory, .restarted: StateBudget(limitBytes: 1 << 30)
                    case .spilled, .sealed:
                        StateBudget(limitBytes: 0, spillDirectory: directory, sealsSpills: carrying == .sealed)
                    case .dropped: StateBudget(limitBytes: 0)
                    }
                // Whatever borders of blocks lie between a window's reports.
                let segment = try fixture.segment(
                    aggregatorID: aggregator, in: directory, key: carrying.key,
                    blockReports: 1 + Int(seed % 9) + aggregator)
                return try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: aggregator,
                    account: WalkAccount(budget), threads: threads, options: options)
            }
            var comparison = WalkComparison(fixture, evaluators: evaluators)
            for (index, level) in Self.levels(bits: bits, using: &random).enumerated() {
                let parameter = try fixture.candidates(
                    level: level, after: comparison.history.last, most: most, using: &random)
                if carrying == .restarted, index % 2 == 1 { evaluators.forEach { $0.dropCarriedState() } }
                try comparison.step(parameter)
                let kept = carrying != .dropped && level < bits - 1
                #expect(evaluators.allSatisfy { ($0.carriedLevel.map { $0 < level } ?? !kept) })
            }
            // A walk over every level meets what is wrong with some of the tampered reports.
            if bits == 7 { #expect(comparison.live.population < fixture.reports.count) }
        }
    }

    @Test(arguments: [1, 2, 7, 17, 64, 256], pathsAndCarrying)
    func equalsSpecification(bits: Int, how: (ProcessorPath, Carrying)) throws {
        for seed in UInt64(1)...2 {
            try walk(bits: bits, seed: seed &* 1000 &+ UInt64(bits), path: how.0, carrying: how.1)
        }
    }

    /// Several blocks of reports and several tiles of candidates.
    @Test(arguments: pathsAndCarrying) func equalsSpecificationInBlocks(how: (ProcessorPath, Carrying)) throws {
        try walk(bits: 17, seed: 5, path: how.0, carrying: how.1, most: 200, blockLimit: 4)
        try walk(bits: 17, seed: 6, path: how.0, carrying: how.1, limit: 3 << 62, most: 200, blockLimit: 8)
    }

    /// Several windows of reports and pieces of a segment, with holes in them from the first levels on.
    @Test(arguments: pathsAndCarrying) func equalsSpecificationWithHoles(how: (ProcessorPath, Carrying)) throws {
        try walk(bits: 7, seed: 8, path: how.0, carrying: how.1, most: 6, blockLimit: 8, reports: 301)
    }

    /// Windows are taken by several threads, which come and go.
    @Test(arguments: pathsAndCarrying) func equalsSpecificationOnSeveralThreads(
        how: (ProcessorPath, Carrying)
    ) throws {
        let threads = ComingThreads()
        try walk(
            bits: 7, seed: 9, path: how.0, carrying: how.1, most: 6, blockLimit: 8, reports: 301, threads: threads)
        #expect(threads.count >= 40)
    }

    /// Jumps along single paths and to branches, through zeros and through ones, with state and without.
    @Test(arguments: Carrying.allCases) func equalsSpecificationInJumps(carrying: Carrying) throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 40, reports: 9, seed: 21)
            let evaluators = try (0..<2).map { aggregator in
                let budget = StateBudget(
                    limitBytes: carrying == .memory || carrying == .restarted ? 1 << 20 : 0,
                    spillDirectory: carrying.isSpilled ? directory : nil, sealsSpills: carrying == .sealed)
                return try ShardEvaluator(
                    segment: fixture.segment(aggregatorID: aggregator, in: directory, key: carrying.key),
                    verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: aggregator,
                    account: WalkAccount(budget))
            }
            var comparison = WalkComparison(fixture, evaluators: evaluators)
            var prefixes: Set<Prefix> = [Prefix()]
            for (level, tails) in Self.jumps {
                prefixes = Set(prefixes.flatMap { prefix in tails.map { Self.extended(prefix, to: level, with: $0) } })
                // The first report's path too.
                prefixes.insert(fixture.reports[0].measurement.ancestor(level: level))
                if carrying == .restarted { evaluators.forEach { $0.dropCarriedState() } }
                try comparison.step(Poplar1AggregationParameter(level: level, prefixes: prefixes.sorted()))
            }
        }
    }

    /// Levels, and what is appended to each candidate to get there; the tail's last bit is repeated.
    static let jumps: [(Int, [String])] = [
        (1, ["00", "01", "11"]), (19, ["0", "1", "00000001", "00000000111111111110"]), (20, ["0", "1"]), (29, ["0"]),
        (39, ["0", "01", "1", "0000000001"]),
    ]

    static func extended(_ prefix: Prefix, to level: Int, with tail: String) -> Prefix {
        var longer = prefix
        var bit = false
        var rest = tail[...]
        while longer.level < level {
            if let next = rest.popFirst() { bit = next == "1" }
            longer.append(bit)
        }
        return longer
    }

    /// With a quarter of all draws redrawn.
    @Test(arguments: [2, 17, 64], pathsAndCarrying)
    func redrawsAsSpecified(bits: Int, how: (ProcessorPath, Carrying)) throws {
        try walk(bits: bits, seed: 77, path: how.0, carrying: how.1, limit: 3 << 62)
    }
}
