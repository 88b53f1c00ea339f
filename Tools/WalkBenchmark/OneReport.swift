import BenchmarkSupport
import PopulusKernels
import PopulusVDAF
import PrefixWalk

/// One aggregator's segment of one report, many times over under random report IDs: the work does not depend on whether
/// reports verify.
struct OneReport {
    let segment: Segment
    let bits: Int
    let reports: Int
    private let scratch: Scratch
    private let ctx = [UInt8](repeating: 1, count: 38)
    private let key = [UInt8](repeating: 9, count: 32)

    init(bits: Int, reports: Int) throws {
        self.bits = bits
        self.reports = reports
        var random = SplitMix(seed: 3)
        let report = try Poplar1(bits: bits).shard(
            ctx: ctx, measurement: Prefix(bits: (0..<bits).map { $0 % 3 == 0 }), nonce: random.bytes(16),
            rand: random.bytes(Poplar1.randSize))
        let publicShare = report.publicShare.encode()
        let inputShare = report.inputShares[0].encode()
        scratch = try Scratch()
        var builder = try SegmentBuilder(at: scratch.path("segment"), bits: bits, aggregatorID: 0, ctx: ctx)
        for _ in 0..<reports {
            try builder.append(reportID: random.bytes(16), publicShare: publicShare, inputShare: inputShare)
        }
        try builder.finish()
        segment = try Segment(opening: scratch.path("segment"))
    }

    var all: ReportBitmap { ReportBitmap(count: reports, filled: true) }

    func evaluator(
        path: ProcessorPath = .current, account: WalkAccount = .standard()
    ) throws -> ShardEvaluator {
        var options = ShardEvaluator.Options()
        options.path = path
        return try ShardEvaluator(
            segment: segment, verifyKey: key, ctx: ctx, aggregatorID: 0, account: account, options: options)
    }

    /// Evaluates steps at inner levels of as many candidates, and the blocks of one in between.
    ///
    /// - Parameter bitsPerStep: levels that a step descends; the candidates are all descendants of as many survivors as
    ///   give their number.
    /// - Returns: nanoseconds a report and step.
    func inner(
        candidates: Int, bitsPerStep: Int, steps: Int, path: ProcessorPath = .current, hash: ProcessorPath = .current
    ) throws -> (report: Timing, block: Timing) {
        let evaluator = try evaluator(path: path)
        var history: [Poplar1AggregationParameter] = []
        var times: [Double] = []
        var blocks: [Timing] = []
        let firstLevel = min(20, bits - 1 - bitsPerStep) - 1
        var level = firstLevel
        while times.count < steps {
            if level >= bits - 1 {
                // From the top again, as often as it takes.
                (history, level) = ([], firstLevel)
            }
            let parameter = try Self.parameter(candidates, level: level, after: history.last)
            let start = threadNanoseconds()
            let step = try evaluator.evaluate(parameter, history: history, live: all)
            let time = threadNanoseconds() - start
            _ = try step.finish(accepted: all)
            if !history.isEmpty {
                times.append(time / Double(reports))
                blocks.append(try Stopwatch(samples: 1).measure(path: hash).hashBlock)
            }
            history.append(parameter)
            level += bitsPerStep
        }
        return (Timing(times), Timing(blocks.map(\.best)))
    }

    /// Nanoseconds a report of a step to the leaf from the level above.
    func leaf(candidates: Int, steps: Int) throws -> (report: Timing, block: Timing) {
        let evaluator = try evaluator()
        let above = try Self.parameter((candidates + 1) / 2, level: bits - 2, after: nil)
        _ = try evaluator.evaluate(above, history: [], live: all).finish(accepted: all)
        let leaf = try Self.parameter(candidates, level: bits - 1, after: above)
        var times: [Double] = []
        var blocks: [Timing] = []
        for _ in 0..<steps {
            let start = threadNanoseconds()
            _ = try evaluator.evaluate(leaf, history: [above], live: all)
            times.append((threadNanoseconds() - start) / Double(reports))
            blocks.append(try Stopwatch(samples: 1).measure().hashBlock)
        }
        return (Timing(times), Timing(blocks.map(\.best)))
    }

    /// The first so many descendants of the last candidates, every `2^steps`-th of which survives.
    private static func parameter(
        _ count: Int, level: Int, after last: Poplar1AggregationParameter?
    ) throws -> Poplar1AggregationParameter {
        guard let last else {
            let width = min(20, level + 1)
            let prefixes = (0..<count).map { index in
                Prefix(bits: (0...level).map { $0 >= width || index >> (width - 1 - $0) & 1 == 1 })
            }
            return try Poplar1AggregationParameter(level: level, prefixes: prefixes.sorted())
        }
        let steps = level - last.level
        let survivors =
            last.prefixes.count >= count
            ? last.prefixes.enumerated().filter { $0.offset % (1 << steps) == 0 }.map(\.element) : last.prefixes
        let prefixes = survivors.flatMap { survivor in
            (0..<(1 << steps)).map { index in
                (0..<steps).reduce(survivor) { $0.appending(index >> (steps - 1 - $1) & 1 == 1) }
            }
        }
        return try Poplar1AggregationParameter(level: level, prefixes: Array(prefixes.prefix(count)))
    }
}
