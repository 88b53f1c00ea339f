import Kernels
import VDAF

/// Evaluates some reports of a segment at one step's candidates, block by block.
///
/// A block is as many reports as keep its columns, its verification randomness and its rows near the caches.
struct StepEvaluation: ~Copyable {
    private let segment: Segment
    private let plan: EvaluationPlan
    private let base: NodeState?
    private let messages: WalkMessages
    private let kernels: WalkEvaluation
    private let scratch: WalkSlice
    private let level: Int
    private let candidates: Int
    private let isLeaf: Bool
    private let blockLimit: Int

    init(
        segment: Segment, plan: EvaluationPlan, base: NodeState?, messages: WalkMessages,
        options: ShardEvaluator.Options
    ) throws(PrefixWalkError) {
        guard let last = plan.levels.last,
            let kernels = WalkEvaluation(
                path: options.path, aggregator: segment.layout.aggregatorID, bounds: options.bounds)
        else { throw .kernelFailure }
        self.segment = segment
        self.plan = plan
        self.base = base
        self.messages = messages
        self.kernels = kernels
        blockLimit = options.blockLimit
        level = last.level
        candidates = last.count
        isLeaf = last.level == segment.bits - 1
        let largest = plan.levels.reduce(0) { max($0, $1.count) }
        scratch = WalkSlice(WalkBuffer(count: 2 * WalkNodeRows.stride(nodes: largest)))
    }

    /// The verifier shares of `reports` (positions of the initial order, ascending), and the sum of their values as
    /// packed elements in candidate order.
    ///
    /// - Parameter output: takes the nodes; its rows are exactly `reports`.
    borrowing func run(
        reports: [Int], output: NodeState?
    ) throws(PrefixWalkError) -> (verifierShares: [UInt8], sum: [UInt8]) {
        let sums = WalkBuffer(count: (isLeaf ? 32 : 16) * candidates)
        let rows = try inputRows(of: reports)
        var shares: [UInt8] = []
        shares.reserveCapacity(reports.count * (isLeaf ? 96 : 24))
        var first = 0
        let size = blockCount
        while first < reports.count {
            // Holes that rejected reports leave cost reading their columns, no more.
            let end = min(first + size, reports.count)
            let block = Block(range: first..<end, reports: reports, rows: rows)
            shares += try evaluate(block, sums: WalkSlice(sums), output: output)
            first = end
        }
        let sum =
            isLeaf
            ? sums.bytes
            : WalkRounds.innerSums(WalkSlice(sums), count: candidates, aggregator: segment.layout.aggregatorID)
        return (shares, sum)
    }

    /// For each report, its row in the base; the position itself where the base is the root.
    private func inputRows(of reports: [Int]) throws(PrefixWalkError) -> [Int] {
        guard let base else { return reports }
        var ranks = [Int](repeating: -1, count: segment.reportCount)
        for (rank, position) in base.live.positions.enumerated() { ranks[position] = rank }
        let rows = reports.map { ranks[$0] }
        guard rows.allSatisfy({ $0 >= 0 }) else { throw .bitmapMismatch }
        return rows
    }

    /// A multiple of four reports: sponges go four at a time.
    private var blockCount: Int {
        let columns = 256 + 17 * (plan.levels.count + plan.baseCount + (isLeaf ? candidates : 0))
        let byColumns = (2 << 20) / columns
        let byRandomness = isLeaf ? byColumns : (128 << 10) / (8 * candidates)
        return max(min(byColumns, byRandomness, blockLimit) & ~3, 4)
    }
}

extension StepEvaluation {
    /// Consecutive reports of a run.
    private struct Block {
        /// Ranks within the run.
        let range: Range<Int>
        /// The positions whose columns are read.
        let columns: Range<Int>
        /// The base's rows that are read.
        let rows: Range<Int>
        /// For each report of the block, its row among those.
        let inputRows: [UInt32]
        let selection: WalkSelection
        /// The same reports, when the input is the output of the block's earlier levels.
        let selectionOfOutput: WalkSelection

        init(range: Range<Int>, reports: [Int], rows: [Int]) {
            self.range = range
            let first = reports[range.lowerBound]
            let firstRow = rows[range.lowerBound]
            columns = first..<(reports[range.upperBound - 1] + 1)
            self.rows = firstRow..<(rows[range.upperBound - 1] + 1)
            let positions = reports[range].map { UInt32($0 - first) }
            inputRows = rows[range].map { UInt32($0 - firstRow) }
            selection = WalkSelection(positions: positions, inputRows: inputRows, columnCount: columns.count)
            selectionOfOutput = WalkSelection(
                positions: positions, inputRows: range.indices.map { UInt32($0 - range.lowerBound) },
                columnCount: columns.count)
        }
    }

    private borrowing func evaluate(
        _ block: Block, sums: WalkSlice, output: NodeState?
    ) throws(PrefixWalkError) -> [UInt8] {
        let layout = segment.layout
        let nonces = try segment.read(layout.nonces, reports: block.columns)
        let carried = try base?.load(block.rows)
        let input: WalkNodeRows
        if let carried, let base {
            input = WalkNodeRows(nodes: plan.baseCount, stride: base.stride, rows: carried.nodes)
        } else {
            input = try roots(block)
        }
        let levels = try self.levels(block)
        if isLeaf { return try leaf(block, levels: levels, input: input, nonces: nonces, sums: sums) }

        let count = block.range.count
        let sponges = output?.sponges(block.range) ?? WalkSlice(WalkBuffer(count: WalkSponges.sponge * count))
        let correlated = try drawCorrelated(block, carried: carried?.sponges, nonces: nonces, into: sponges)
        let rand = WalkSlice(WalkBuffer(uninitialized: 8 * count * candidates))
        WalkSponges.verifyRand(
            kernels.path, message: messages.verifyRand(level: level), nonces: nonces,
            reports: block.selection.positions, reportCount: count, count: candidates, bounds: kernels.bounds,
            into: rand)
        let shares = WalkSlice(WalkBuffer(count: 24 * count))
        let values = WalkInnerValues(
            payloadCorrections: try segment.read(layout.payloadCorrections(level), reports: block.columns),
            verifyRand: rand, correlated: correlated, sums: sums, verifierShares: shares)
        let nodes = output?.nodes(block.range)
        try inner(
            block, levels: levels, input: input,
            output: nodes.map { WalkNodeRows(nodes: candidates, stride: output?.stride ?? 0, rows: $0) }, values: values
        )
        if let output, let nodes { try output.store(nodes: nodes, sponges: sponges, block.range) }
        return shares.buffer.bytes
    }

    /// The columns of the plan's levels.
    private borrowing func levels(_ block: Block) throws(PrefixWalkError) -> [WalkLevel] {
        var levels: [WalkLevel] = []
        for planned in plan.levels {
            levels.append(
                WalkLevel(
                    count: planned.count, parents: planned.parents, bits: planned.bits,
                    seedCorrections: try segment.read(
                        segment.layout.seedCorrections(planned.level), reports: block.columns),
                    controlCorrections: try segment.readControls(level: planned.level, reports: block.columns)))
        }
        return levels
    }

    /// Rows of one node: the IDPF key, and the aggregator's ID as control bit.
    private borrowing func roots(_ block: Block) throws(PrefixWalkError) -> WalkNodeRows {
        let keys = try segment.read(segment.layout.keys, reports: block.columns)
        let rows = WalkBuffer(count: 17 * block.columns.count)
        rows.scatter(keys, entry: 16, count: block.columns.count, stride: 17)
        for report in 0..<block.columns.count {
            rows[byte: 17 * report + 16] = UInt8(segment.layout.aggregatorID)
        }
        return WalkNodeRows(nodes: 1, stride: 17, rows: WalkSlice(rows))
    }

    /// Brings the sponges to this level, which leaves them in `sponges`, and draws a, b, c.
    private borrowing func drawCorrelated(
        _ block: Block, carried: WalkSlice?, nonces: WalkSlice, into sponges: WalkSlice
    ) throws(PrefixWalkError) -> WalkSlice {
        let count = block.range.count
        var skippedLevels = level
        if let carried, let base {
            let size = WalkSponges.sponge
            for (index, row) in block.inputRows.enumerated() {
                sponges.buffer.copy(
                    from: carried.buffer, at: carried.offset + Int(row) * size, to: sponges.offset + index * size,
                    count: size)
            }
            skippedLevels = level - base.level - 1
        } else {
            let seeds = try segment.read(segment.layout.correlationSeeds, reports: block.columns)
            WalkSponges.correlatedStart(
                kernels.path, message: messages.correlatedInner, seeds: seeds, nonces: nonces,
                reports: block.selection.positions, reportCount: count, into: sponges)
        }
        let correlated = WalkSlice(WalkBuffer(count: 24 * count))
        WalkSponges.correlatedNext(
            kernels.path, sponges: sponges, reportCount: count, skip: 3 * skippedLevels, bounds: kernels.bounds,
            into: correlated)
        return correlated
    }

    private borrowing func inner(
        _ block: Block, levels: [WalkLevel], input: WalkNodeRows, output: WalkNodeRows?, values: WalkInnerValues?
    ) throws(PrefixWalkError) {
        let succeeded = kernels.inner(
            levels: levels, selection: block.selection,
            extendKeys: try segment.read(segment.layout.extendKeys, reports: block.columns),
            convertKeys: try segment.read(segment.layout.convertKeys, reports: block.columns),
            input: input, scratch: scratch, output: output, values: values)
        guard succeeded else { throw .kernelFailure }
    }

    /// The levels above the leaf, then the leaf.
    private borrowing func leaf(
        _ block: Block, levels: [WalkLevel], input: WalkNodeRows, nonces: WalkSlice, sums: WalkSlice
    ) throws(PrefixWalkError) -> [UInt8] {
        let layout = segment.layout
        let above = Array(levels.dropLast())
        var parents = input
        var selection = block.selection
        if let last = above.last {
            let stride = WalkNodeRows.stride(nodes: last.count)
            let rows = WalkSlice(WalkBuffer(uninitialized: stride * block.range.count))
            parents = WalkNodeRows(nodes: last.count, stride: stride, rows: rows)
            try inner(block, levels: above, input: input, output: parents, values: nil)
            selection = block.selectionOfOutput
        }
        let shares = WalkSlice(WalkBuffer(count: 96 * block.range.count))
        kernels.leaf(
            levels[levels.count - 1], selection: selection, nonces: nonces,
            correlationSeeds: try segment.read(layout.correlationSeeds, reports: block.columns),
            payloadCorrections: try segment.read(layout.payloadCorrections(level), reports: block.columns),
            input: parents, extend: messages.extend, convert: messages.convert, correlated: messages.correlatedLeaf,
            verifyRand: messages.verifyRand(level: level), sums: sums, verifierShares: shares)
        return shares.buffer.bytes
    }
}
