import PopulusKernels
import PopulusVDAF

/// What a step leaves for the next: the nodes of one level above its candidates.
///
/// It is a cache; everything in it follows from the segment. So it serves every later step whose candidates descend from
/// its nodes.
struct NodeState: Sendable {
    let kept: KeptLevel
    /// The reports that have a row, in order.
    let live: ReportBitmap
    /// The seed and control bit of each node; nil at the root, which the segment has.
    let nodes: StateRows?
    let sponges: SpongeState

    /// Whether a step can begin here, if its candidates descend from the nodes: above the question before, at whose level it
    /// may have to leave nodes.
    ///
    /// A step that is repeated after it was finished does not begin at what it left itself.
    func serves(
        _ parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, live: ReportBitmap
    ) -> Bool {
        kept.level < last?.level ?? 0 && sponges.level < parameter.level && live.isSubset(of: self.live)
    }
}

/// The sponges of correlated randomness.
///
/// A sponge's block yields a, b, c of seven levels, so it stays as it is while later levels read on in it, and the states
/// of those steps share it.
struct SpongeState: Sendable {
    /// The level whose a, b, c were drawn last when the sponges were kept.
    let level: Int
    /// The reports that have a row, in order.
    let live: ReportBitmap
    let rows: StateRows
}

/// For each report of a run its row in a state.
struct RowMap {
    /// Nil where the run has the state's reports, all of them.
    private let rows: [UInt32]?

    /// - Parameter reports: ascending, and all in `live`.
    init(of reports: [UInt32], in live: ReportBitmap) throws(PrefixWalkError) {
        if live.population == reports.count {
            rows = nil
            return
        }
        var rows: [UInt32] = []
        rows.reserveCapacity(reports.count)
        for (row, position) in live.indices.enumerated() where rows.count < reports.count {
            if reports[rows.count] == position { rows.append(UInt32(row)) }
        }
        guard rows.count == reports.count else { throw .bitmapMismatch }
        self.rows = rows
    }

    /// From the first to the last row of a part of the run.
    func rows(of range: Range<Int>) -> Range<Int> {
        guard let rows, !range.isEmpty else { return range }
        return Int(rows[range.lowerBound])..<(Int(rows[range.upperBound - 1]) + 1)
    }

    /// The row of the report of a rank.
    func row(of rank: Int) -> Int { rows.map { Int($0[rank]) } ?? rank }

    /// For each report of a part its row, counted from `first`.
    func store(_ range: Range<Int>, from first: Int, into words: WalkSlice) {
        if let rows {
            words.store(rows[range], less: UInt32(first))
        } else {
            words.storeCount(from: UInt32(range.lowerBound - first), count: range.count)
        }
    }
}
