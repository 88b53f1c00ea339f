import BenchmarkSupport
import PopulusVDAF
import PrefixWalk

/// Both aggregators' shares of a workload, and walks over them.
struct MemoryPair {
    /// What a walk found and what it took of this thread.
    struct Walk {
        let result: [Prefix: Int]
        let steps: Int
        let candidates: Int
        let segmentNanoseconds: Double
        let walkNanoseconds: Double
    }

    /// A report as its aggregators hold it, decrypted.
    private struct Report {
        let id: [UInt8]
        let publicShare: [UInt8]
        let inputShares: [[UInt8]]
    }

    private let poplar: Poplar1
    private let reports: [Report]
    private let ctx: [UInt8]
    private let key: [UInt8]
    private let scratch: Scratch

    init(_ workload: Workload, seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let poplar = try Poplar1(bits: workload.bits)
        let ctx = random.bytes(38)
        key = random.bytes(32)
        reports = try workload.held.map { held in
            let id = random.bytes(16)
            let report = try poplar.shard(
                ctx: ctx, measurement: held, nonce: id, rand: random.bytes(Poplar1.randSize))
            return Report(
                id: id, publicShare: report.publicShare.encode(), inputShares: report.inputShares.map { $0.encode() })
        }
        (self.poplar, self.ctx) = (poplar, ctx)
        scratch = try Scratch()
    }

    /// Walks level by level, `bitsPerStep` levels a step, and one level to the leaf.
    func walk(bitsPerStep: Int, threshold: Int) throws -> Walk {
        let start = threadNanoseconds()
        let evaluators = try (0..<2).map { try evaluator($0) }
        let written = threadNanoseconds()
        var live = ReportBitmap(count: reports.count, filled: true)
        var history: [Poplar1AggregationParameter] = []
        var survivors: [Prefix: Int] = [Prefix(): reports.count]
        var candidates = 0
        while !survivors.isEmpty, let level = nextLevel(after: history.last?.level ?? -1, bitsPerStep) {
            let parents = survivors.keys.sorted()
            let prefixes = parents.flatMap { Self.descendants(of: $0, level: level) }
            let parameter = try Poplar1AggregationParameter(level: level, prefixes: prefixes)
            let counts = try step(parameter, evaluators, history, &live)
            survivors = [:]
            for (prefix, count) in zip(prefixes, counts) where count >= threshold { survivors[prefix] = count }
            candidates += prefixes.count
            history.append(parameter)
        }
        return Walk(
            result: survivors, steps: history.count, candidates: candidates, segmentNanoseconds: written - start,
            walkNanoseconds: threadNanoseconds() - written)
    }

    private func evaluator(_ aggregatorID: Int) throws -> ShardEvaluator {
        let path = scratch.path("segment-\(aggregatorID)")
        var builder = try SegmentBuilder(at: path, bits: poplar.bits, aggregatorID: aggregatorID, ctx: ctx)
        for report in reports {
            try builder.append(
                reportID: report.id, publicShare: report.publicShare, inputShare: report.inputShares[aggregatorID])
        }
        try builder.finish()
        return try ShardEvaluator(
            segment: Segment(opening: path), verifyKey: key, ctx: ctx, aggregatorID: aggregatorID)
    }

    /// Both rounds, and the counts of the reports that verify.
    private func step(
        _ parameter: Poplar1AggregationParameter, _ evaluators: [ShardEvaluator],
        _ history: [Poplar1AggregationParameter], _ live: inout ReportBitmap
    ) throws -> [Int] {
        let leader = try evaluators[0].evaluate(parameter, history: history, live: live)
        let helper = try evaluators[1].evaluate(parameter, history: history, live: live)
        let response = try helper.respond(toLeaderShares: leader.verifierShares, respondents: live)
        let accepted = try leader.verdicts(onHelperResponse: response, respondents: live)
        let shares = try [leader, helper].map { step in
            let share = try step.finish(accepted: accepted).aggregateShare
            return try poplar.decodeAggregateShare(share, parameter)
        }
        live = accepted
        return try poplar.unshard(parameter, aggregateShares: shares, reportCount: accepted.population)
    }

    /// The leaf is one level below the last inner step: its candidates cost most.
    private func nextLevel(after level: Int, _ bitsPerStep: Int) -> Int? {
        if level == poplar.bits - 1 { return nil }
        if level == poplar.bits - 2 { return poplar.bits - 1 }
        return min(level + bitsPerStep, poplar.bits - 2)
    }

    private static func descendants(of prefix: Prefix, level: Int) -> [Prefix] {
        let steps = level - prefix.level
        return (0..<(1 << steps)).map { index in
            (0..<steps).reduce(prefix) { $0.appending(index >> (steps - 1 - $1) & 1 == 1) }
        }
    }
}
