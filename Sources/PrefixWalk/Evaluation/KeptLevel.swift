import PopulusKernels
import PopulusVDAF

/// The level of a step's plan whose nodes stay for the next step.
///
/// Candidates leave none: most of them do not survive, and those that do are a block or two away from their parents. So it
/// is the level just above them, or, where that would take too much of the budget, the one of the question before, at which
/// each survivor has one node.
struct KeptLevel: Hashable, Sendable {
    /// -1 is the root.
    let level: Int
    /// The nodes, in lexicographic order; at the root the one of no bits.
    let prefixes: [Prefix]

    static let root = KeptLevel(level: -1, prefixes: [Prefix()])

    private init(level: Int, prefixes: [Prefix]) {
        self.level = level
        self.prefixes = prefixes
    }

    /// The ancestors of candidates at a level above them.
    init(above parameter: Poplar1AggregationParameter, level: Int) {
        guard level >= 0 else {
            self = .root
            return
        }
        self.level = level
        var prefixes: [Prefix] = []
        for prefix in parameter.prefixes where !(prefixes.last?.isPrefix(of: prefix) ?? false) {
            prefixes.append(prefix.ancestor(level: level))
        }
        self.prefixes = prefixes
    }

    /// Bytes that it takes a report.
    var stride: Int { level < 0 ? 0 : WalkNodeRows.stride(nodes: prefixes.count) }

    /// The root stays after a first step above this level: to compute so few levels again costs less than a hundredth of
    /// what taking a report in does, and the one who asks may not know yet how many reports there will be.
    private static let rootSuffices = 8

    /// The levels that may stay after a step, the deepest first; one or two.
    static func choices(
        of parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?
    ) -> [KeptLevel] {
        if last == nil, parameter.level < rootSuffices { return [.root] }
        let above = KeptLevel(above: parameter, level: parameter.level - 1)
        let ancestors = KeptLevel(above: parameter, level: last?.level ?? -1)
        // As after a jump.
        return ancestors.stride < above.stride ? [above, ancestors] : [above]
    }

    /// The most bytes of a whole walk's state for which the level above stays.
    ///
    /// More is in no cache from step to step, and what the level saves in AES costs about as much in memory traffic.
    static let greatestAbove: UInt64 = 512 << 20

    /// The root stays after any step above this level whose nodes would take more than that: a quarter of all prefixes can be popular
    /// there, and fresh memory for them costs more time than to compute so few levels again.
    private static let rootIsNear = 12

    /// The first of the choices with which the state of a whole walk takes at most half of the budget and `greatestAbove`, else
    /// the last, or the root where that is near.
    ///
    /// The other half is for the shards in work, which have two states for a while, and for other walks.
    static func chosen(of choices: [KeptLevel], walkReports: UInt64, limitBytes: Int) -> KeptLevel? {
        func fits(_ choice: KeptLevel, in bytes: UInt64) -> Bool {
            let (all, overflow) = walkReports.multipliedReportingOverflow(
                by: UInt64(choice.stride + WalkSponges.sponge))
            return !overflow && all <= bytes
        }
        let bytes = min(UInt64(max(limitBytes, 0)) / 2, greatestAbove)
        if let first = choices.first(where: { fits($0, in: bytes) }) { return first }
        // The first one is the level above the candidates.
        guard let above = choices.first, let last = choices.last else { return nil }
        return above.level + 1 < rootIsNear && !fits(last, in: greatestAbove) ? .root : last
    }
}
