import BenchmarkSupport

/// The leaf level alone, which may cost at most what 40 inner levels cost.
struct LeafRow: Encodable {
    let bits: Int
    let candidates: Int
    let reports: Int
    let nanosecondsPerCandidate: Timing
    let blocksPerCandidate: Timing
    /// An inner level with as many candidates, in nanoseconds a candidate.
    let innerNanosecondsPerCandidate: Timing
    /// How many inner levels cost as much.
    let innerLevels: Timing
    let mustReach: Double

    init(isSmoke: Bool) throws {
        bits = isSmoke ? 64 : 256
        candidates = isSmoke ? 8 : 22
        reports = isSmoke ? 8 : 400
        mustReach = 40
        let report = try OneReport(bits: bits, reports: reports)
        let steps = isSmoke ? 1 : 20
        let leaf = try report.leaf(candidates: candidates, steps: steps)
        let inner = try report.inner(candidates: candidates, bitsPerStep: 1, steps: isSmoke ? 1 : 100)
        let count = Double(candidates)
        nanosecondsPerCandidate = Timing(best: leaf.report.best / count, median: leaf.report.median / count)
        innerNanosecondsPerCandidate = Timing(best: inner.report.best / count, median: inner.report.median / count)
        blocksPerCandidate = nanosecondsPerCandidate.multiple(of: leaf.block)
        innerLevels = nanosecondsPerCandidate.multiple(of: innerNanosecondsPerCandidate)
    }
}

extension LeafRow: TextRow {
    var text: [String] {
        [
            "leaf level: \(bits) bits, \(candidates) candidates, \(reports) reports, one aggregator, one core",
            "  \(nanosecondsPerCandidate.text) ns a candidate, \(blocksPerCandidate.text) blocks; "
                + "as much as \(innerLevels.text) inner levels; must reach \(format(mustReach, 0))",
        ]
    }
}
