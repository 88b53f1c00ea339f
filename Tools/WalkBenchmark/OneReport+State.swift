import BenchmarkSupport
import PopulusKernels
import PopulusVDAF
import PrefixWalk

/// Which level's nodes a step leaves for the next.
enum Keeping: String, Encodable, CaseIterable {
    case levelAbove = "the level above"
    case ancestors = "the ancestors"

    /// What makes the engine choose so: all of a walk's reports, or more than any budget has room for.
    var walkReports: UInt64? { self == .levelAbove ? nil : .max }
}

/// What a step takes in the mean.
struct StepCost: Encodable {
    let nanosecondsPerReport: Timing
    let block: Timing
    /// State that stays, sponge and all.
    let stateBytesPerReport: Double
}

extension OneReport {
    /// Steps of a walk at some inner levels: `open` prefixes are extended by all patterns, `complete` ones by zeros, as those
    /// that hold a whole string.
    func steps(open: Int, complete: Int, bitsPerStep: Int, steps: Int, keeping: Keeping) throws -> StepCost {
        let budget = StateBudget(limitBytes: 8 << 30)
        let evaluator = try evaluator(account: WalkAccount(budget))
        let first = Self.spread(open + complete, level: 19)
        var (survivors, ended) = (Array(first.prefix(open)), Array(first.dropFirst(open)))
        var history = [try Poplar1AggregationParameter(level: 19, prefixes: first)]
        var times: [Double] = []
        var blocks: [Timing] = []
        // The first of them begins at the root.
        for index in 0...steps {
            let (level, last) = (history[index].level + bitsPerStep, history[index])
            precondition(level < bits - 1)
            ended = ended.map { $0.padded(to: level + 1) }
            let prefixes = (survivors.flatMap { $0.descendants(bits: bitsPerStep) } + ended).sorted()
            let parameter = try Poplar1AggregationParameter(level: level, prefixes: prefixes)
            let start = threadNanoseconds()
            let step = try evaluator.evaluate(
                parameter, history: history, live: all, walkReports: keeping.walkReports)
            _ = try step.finish(accepted: all)
            if index > 0 { times.append((threadNanoseconds() - start) / Double(reports)) }
            blocks.append(try Stopwatch(samples: 1).measure().hashBlock)
            let isAbove = keeping == .levelAbove || bitsPerStep == 1
            precondition(evaluator.carriedLevel == (isAbove ? level - 1 : last.level))
            survivors = survivors.map { $0.descendants(bits: bitsPerStep)[1] }
            history.append(parameter)
        }
        return StepCost(
            nanosecondsPerReport: Timing(times), block: Timing(blocks.map(\.best)),
            stateBytesPerReport: Double(budget.usedBytes) / Double(reports))
    }

    /// So many prefixes of a level, ascending.
    private static func spread(_ count: Int, level: Int) -> [Prefix] {
        (0..<count).map { index in Prefix(bits: (0...level).map { (16 * index) >> (level - $0) & 1 == 1 }) }
    }
}

extension Prefix {
    /// All prefixes that are so many bits longer, ascending.
    func descendants(bits: Int) -> [Prefix] {
        (0..<(1 << bits)).map { index in (0..<bits).reduce(self) { $0.appending(index >> (bits - 1 - $1) & 1 == 1) } }
    }
}
