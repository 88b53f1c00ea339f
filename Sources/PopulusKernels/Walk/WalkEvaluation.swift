import CPopulusKernels

/// Runs the walk's kernels.
package struct WalkEvaluation: Sendable {
    package let path: ProcessorPath
    package let aggregator: Int
    package let bound: SamplingBound

    package init(path: ProcessorPath, aggregator: Int, bound: SamplingBound) {
        self.path = path
        self.aggregator = aggregator
        self.bound = bound
    }

    /// Evaluates the inner levels of a step for a block of reports.
    ///
    /// - Parameters:
    ///   - levels: from the level below the input's on, without gaps.
    ///   - scratch: at least twice `WalkNodeRows.stride` of the largest level that has nodes.
    ///   - output: a row an evaluated report, for the nodes of one of the levels.
    ///   - values: of the last level, which has no nodes then; nil where it is only on the way to the leaf.
    package func inner(
        levels: borrowing WalkLevels, selection: WalkSelection, extendKeys: WalkSlice, convertKeys: WalkSlice,
        input: WalkNodeRows, scratch: WalkSlice, output: WalkNodeOutput?, values: WalkInnerValues?
    ) {
        let levelCount = unsafe levels.raw.count
        guard levelCount > 0 else { return }
        let columns = selection.columnCount
        precondition(columns == levels.reports)
        // The last level has no nodes where its values are wanted.
        let withNodes = values == nil ? levelCount : levelCount - 1
        let stride = WalkNodeRows.stride(nodes: values == nil ? levels.mostNodes.ofAll : levels.mostNodes.aboveLast)
        unsafe levels.raw.withUnsafeBufferPointer { rawLevels in
            var block = unsafe walk_inner_block()
            unsafe block.isa = path.rawValue
            unsafe block.aggregator = UInt32(aggregator)
            unsafe block.bound = bound.field64
            unsafe block.levels = rawLevels.baseAddress
            unsafe block.level_count = UInt32(levelCount)
            unsafe block.parent_count = UInt32(input.nodes)
            unsafe block.reports = UnsafePointer(selection.positions.words(UInt32.self, requiring: selection.count))
            unsafe block.report_count = selection.count
            unsafe block.extend_keys = UnsafePointer(extendKeys.pointer(requiring: 16 * columns))
            unsafe block.convert_keys = UnsafePointer(convertKeys.pointer(requiring: 16 * columns))
            unsafe block.input = rows(input, selection)
            unsafe block.scratch = scratch.pointer(requiring: 2 * stride)
            unsafe block.scratch_stride = stride
            if let output {
                precondition((0..<withNodes).contains(output.level))
                precondition(levels.count(output.level) == output.nodes.nodes)
                unsafe block.output = output.nodes.rows.pointer(requiring: output.nodes.stride * selection.count)
                unsafe block.output_stride = output.nodes.stride
                unsafe block.output_level = UInt32(output.level)
            }
            if let values {
                let candidates = levels.count(levelCount - 1)
                unsafe block.payload_cw = UnsafePointer(values.payloadCorrections.pointer(requiring: 16 * columns))
                unsafe block.verify_rand = UnsafePointer(
                    values.verifyRand.words(UInt64.self, requiring: selection.count * candidates))
                unsafe block.abc = UnsafePointer(values.correlated.words(UInt64.self, requiring: 3 * selection.count))
                unsafe block.sums = values.sums.words(UInt64.self, requiring: 2 * candidates)
                unsafe block.verifier_shares =
                    values.verifierShares.words(UInt64.self, requiring: 3 * selection.count)
            }
            unsafe walk_inner(&block)
        }
    }

    /// Evaluates the leaf level for a block of reports.
    ///
    /// `sums` has 32 bytes a candidate, `verifierShares` 96 a report.
    package func leaf(
        _ level: WalkLevel, selection: WalkSelection, nonces: WalkSlice, correlationSeeds: WalkSlice,
        payloadCorrections: WalkSlice, input: WalkNodeRows, extend: WalkMessage, convert: WalkMessage,
        correlated: WalkMessage, verifyRand: WalkMessage, sums: WalkSlice, verifierShares: WalkSlice
    ) {
        let columns = selection.columnCount
        var block = unsafe walk_leaf_block()
        unsafe block.isa = path.rawValue
        unsafe block.aggregator = UInt32(aggregator)
        unsafe block.leaf = level.raw(reports: columns)
        unsafe block.parent_count = UInt32(input.nodes)
        unsafe block.reports = UnsafePointer(selection.positions.words(UInt32.self, requiring: selection.count))
        unsafe block.report_count = selection.count
        unsafe block.nonces = UnsafePointer(nonces.pointer(requiring: 16 * columns))
        unsafe block.corr_seeds = UnsafePointer(correlationSeeds.pointer(requiring: 32 * columns))
        unsafe block.payload_cw = UnsafePointer(payloadCorrections.pointer(requiring: 64 * columns))
        unsafe block.input = rows(input, selection)
        unsafe block.extend = extend.raw
        unsafe block.convert = convert.raw
        unsafe block.correlated = correlated.raw
        unsafe block.verify_rand = verifyRand.raw
        unsafe block.sums = sums.pointer(requiring: 32 * level.count)
        unsafe block.verifier_shares = verifierShares.pointer(requiring: 96 * selection.count)
        unsafe walk_leaf(&block)
    }

    private func rows(_ input: WalkNodeRows, _ selection: WalkSelection) -> walk_input_nodes {
        unsafe walk_input_nodes(
            rows: UnsafePointer(input.rows.pointer(requiring: 0)), stride: input.stride,
            row_of: UnsafePointer(selection.inputRows.words(UInt32.self, requiring: selection.count)))
    }
}
