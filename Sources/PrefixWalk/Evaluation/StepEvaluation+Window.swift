import PopulusKernels
import PopulusVDAF

extension StepEvaluation {
    /// Reads a window's columns and evaluates it block by block.
    borrowing func evaluate(
        _ window: Window, _ work: Work, _ part: Part, _ arena: inout Arena
    ) throws(PrefixWalkError) {
        let nonces = try segment.read({ $0.nonces }, reports: window.columns, &arena)
        let (input, firstRow) = try self.input(window, work, &arena)
        var levels: [WalkLevel] = []
        levels.reserveCapacity(plan.levels.count)
        for planned in plan.levels {
            levels.append(
                WalkLevel(
                    count: planned.count, parents: planned.parents, bits: planned.bits,
                    seedCorrections: try segment.read(
                        { $0.seedCorrections(planned.level) }, reports: window.columns, &arena),
                    controlCorrections: try segment.readControls(
                        level: planned.level, reports: window.columns, &arena)))
        }
        let count = window.columns.count
        let columns = Columns(
            first: window.columns.lowerBound, firstRow: firstRow, count: count, nonces: nonces,
            extendKeys: try segment.read({ $0.extendKeys }, reports: window.columns, &arena),
            convertKeys: try segment.read({ $0.convertKeys }, reports: window.columns, &arena),
            seeds: isLeaf ? try segment.read({ $0.correlationSeeds }, reports: window.columns, &arena) : nonces,
            payloads: try segment.read({ $0.payloadCorrections(level) }, reports: window.columns, &arena),
            levels: WalkLevels(isLeaf ? levels.dropLast() : levels, reports: count),
            leaf: isLeaf ? levels.last : nil, input: input, verifyRand: messages.verifyRand(level: level))
        let mark = arena.mark
        var first = window.range.lowerBound
        while first < window.range.upperBound {
            let block = first..<min(first + blockCount, window.range.upperBound)
            let selection = selection(of: block, columns, work, &arena)
            if isLeaf {
                leaf(block, selection, columns, work, part, &arena)
            } else {
                inner(block, selection, columns, work, part, &arena)
            }
            arena.release(to: mark)
            first = block.upperBound
        }
    }

    /// What was read for a window.
    struct Columns {
        /// The position of the first entries, and the row of the input's first row.
        let first: Int
        let firstRow: Int
        let count: Int
        let nonces: WalkSlice
        let extendKeys: WalkSlice
        let convertKeys: WalkSlice
        /// Of correlated randomness; only at the leaf.
        let seeds: WalkSlice
        let payloads: WalkSlice
        /// The inner ones.
        let levels: WalkLevels
        let leaf: WalkLevel?
        let input: WalkNodeRows
        let verifyRand: WalkMessage
    }

    /// The nodes that the window starts from, and the number of their first row.
    private borrowing func input(
        _ window: Window, _ work: Work, _ arena: inout Arena
    ) throws(PrefixWalkError) -> (WalkNodeRows, firstRow: Int) {
        if let state = base?.nodes, let map = work.rows {
            let rows = map.rows(of: window.range)
            let nodes = WalkNodeRows(
                nodes: plan.baseCount, stride: state.stride, rows: try state.load(rows, &arena))
            return (nodes, rows.lowerBound)
        }
        // Rows of one node: the IDPF key, and the aggregator's ID as control bit.
        let keys = try segment.read({ $0.keys }, reports: window.columns, &arena)
        let stride = WalkNodeRows.stride(nodes: 1)
        let rows = WalkBuffer(count: stride * window.columns.count)
        rows.scatter(keys, entry: IdpfBBCGGI21.keySize, count: window.columns.count, stride: stride)
        for report in 0..<window.columns.count {
            rows[byte: stride * report + IdpfBBCGGI21.keySize] = UInt8(segment.layout.aggregatorID)
        }
        return (WalkNodeRows(nodes: 1, stride: stride, rows: WalkSlice(rows)), window.columns.lowerBound)
    }

    /// Which entries and rows a block's reports have.
    private borrowing func selection(
        of block: Range<Int>, _ columns: Columns, _ work: Work, _ arena: inout Arena
    ) -> WalkSelection {
        let positions = arena.take(4 * block.count)
        positions.store(work.positions[block], less: UInt32(columns.first))
        var rows = positions
        if let map = work.rows {
            rows = arena.take(4 * block.count)
            map.store(block, from: columns.firstRow, into: rows)
        }
        return WalkSelection(count: block.count, positions: positions, inputRows: rows, columnCount: columns.count)
    }

    private borrowing func inner(
        _ block: Range<Int>, _ selection: WalkSelection, _ columns: Columns, _ work: Work, _ part: Part,
        _ arena: inout Arena
    ) {
        let rand = arena.take(sizes.element * block.count * candidates)
        WalkSponges.verifyRand(
            kernels.path, message: columns.verifyRand, nonces: columns.nonces, reports: selection.positions,
            reportCount: block.count, count: candidates, bound: kernels.bound, into: rand)
        let values = WalkInnerValues(
            payloadCorrections: columns.payloads, verifyRand: rand,
            correlated: work.correlated.part(at: sizes.triple * block.lowerBound, count: sizes.triple * block.count),
            sums: part.sums, verifierShares: shares(of: block, work))
        guard let index = work.target?.index, let rows = work.target?.rows else {
            evaluateNodes(selection, columns, part, output: nil, values: values)
            return
        }
        let kept = rows.target(block, &arena)
        let nodes = WalkNodeRows(nodes: plan.levels[index].count, stride: rows.stride, rows: kept)
        let output = WalkNodeOutput(level: index, nodes: nodes)
        evaluateNodes(selection, columns, part, output: output, values: values)
        rows.store(kept, block)
    }

    private borrowing func evaluateNodes(
        _ selection: WalkSelection, _ columns: borrowing Columns, _ part: Part, output: WalkNodeOutput?,
        values: WalkInnerValues?
    ) {
        kernels.inner(
            levels: columns.levels, selection: selection, extendKeys: columns.extendKeys,
            convertKeys: columns.convertKeys, input: columns.input, scratch: part.scratch, output: output,
            values: values)
    }

    /// The levels above the leaf, then the leaf.
    private borrowing func leaf(
        _ block: Range<Int>, _ selection: WalkSelection, _ columns: Columns, _ work: Work, _ part: Part,
        _ arena: inout Arena
    ) {
        guard let leaf = columns.leaf else { return }
        var parents = columns.input
        var selection = selection
        if let last = columns.levels.levels.last {
            let stride = WalkNodeRows.stride(nodes: last.count)
            parents = WalkNodeRows(nodes: last.count, stride: stride, rows: arena.take(stride * block.count))
            let output = WalkNodeOutput(level: columns.levels.levels.count - 1, nodes: parents)
            evaluateNodes(selection, columns, part, output: output, values: nil)
            let rows = arena.take(4 * block.count)
            rows.storeCount(from: 0, count: block.count)
            selection = WalkSelection(
                count: block.count, positions: selection.positions, inputRows: rows, columnCount: columns.count)
        }
        kernels.leaf(
            leaf, selection: selection, nonces: columns.nonces,
            correlationSeeds: columns.seeds, payloadCorrections: columns.payloads, input: parents,
            extend: messages.extend, convert: messages.convert, correlated: messages.correlatedLeaf,
            verifyRand: columns.verifyRand, sums: part.sums,
            verifierShares: shares(of: block, work))
    }

    /// Where the verifier shares of a block go.
    private borrowing func shares(of block: Range<Int>, _ work: Work) -> WalkSlice {
        work.shares.part(at: sizes.sketch * block.lowerBound, count: sizes.sketch * block.count)
    }
}
