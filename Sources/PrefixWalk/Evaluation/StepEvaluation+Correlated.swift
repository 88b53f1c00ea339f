import PopulusKernels
import PopulusVDAF

extension StepEvaluation {
    /// Draws a, b, c of an inner level for all reports of a run.
    ///
    /// Where every sponge has enough left of its block, they stay as they are: then a step reads one cache line or two of
    /// each report and copies nothing. Else they are brought to this level.
    ///
    /// - Returns: the sponges for the next step; nil unless `keeping`, or where the budget has no room.
    borrowing func drawCorrelated(
        _ reports: ReportBitmap, _ work: inout Work, keeping: Bool, _ arena: inout Arena
    ) throws(PrefixWalkError) -> SpongeState? {
        let mark = arena.mark
        defer { arena.release(to: mark) }
        let map = try base.map { base throws(PrefixWalkError) in
            try RowMap(of: work.positions, in: base.sponges.live)
        }
        let windows = Array(Windows(positions: work.positions, size: spongeWindow))
        if let sponges = base?.sponges, let map, try peek(windows, sponges, map, work, &arena) { return sponges }
        let kept =
            keeping
            ? StateRows(count: work.positions.count, stride: WalkSponges.sponge, account: account) : nil
        for window in windows {
            let count = window.range.count
            let sponges = kept?.target(window.range, &arena) ?? arena.take(WalkSponges.sponge * count)
            var skipped = level
            if let base, let map {
                try copy(base.sponges, map, window.range, to: sponges, &arena)
                skipped = level - base.sponges.level - 1
            } else {
                try start(window, work, sponges, &arena)
            }
            WalkSponges.correlatedNext(
                kernels.path, sponges: sponges, reportCount: count, skip: Poplar1.tripleLength * skipped,
                bound: kernels.bound,
                into: triples(of: window, work))
            kept?.store(sponges, window.range)
            arena.release(to: mark)
        }
        return kept.map { SpongeState(level: level, live: reports, rows: $0) }
    }

    /// Reports whose sponges are in work together: some 64 KiB.
    var spongeWindow: Int { 256 }

    /// Draws from what is left of the blocks; false where that is too little for a report.
    private borrowing func peek(
        _ windows: [Window], _ sponges: SpongeState, _ map: RowMap, _ work: Work, _ arena: inout Arena
    ) throws(PrefixWalkError) -> Bool {
        let mark = arena.mark
        let skip = Poplar1.tripleLength * (level - sponges.level - 1)
        // One triple at least is drawn from the block already, and one is to be.
        guard skip + 2 * Poplar1.tripleLength <= TurboShake128.rate / sizes.element else { return false }
        for window in windows {
            let rows = map.rows(of: window.range)
            let words = arena.take(4 * window.range.count)
            map.store(window.range, from: rows.lowerBound, into: words)
            let isEnough = WalkSponges.correlatedPeek(
                sponges: try sponges.rows.load(rows, &arena), rows: words, reportCount: window.range.count, skip: skip,
                bound: kernels.bound,
                into: triples(of: window, work))
            arena.release(to: mark)
            guard isEnough else { return false }
        }
        return true
    }

    /// Where the a, b, c of a window go.
    private borrowing func triples(of window: Window, _ work: Work) -> WalkSlice {
        work.correlated.part(at: sizes.triple * window.range.lowerBound, count: sizes.triple * window.range.count)
    }

    private borrowing func copy(
        _ state: SpongeState, _ map: RowMap, _ range: Range<Int>, to sponges: WalkSlice, _ arena: inout Arena
    ) throws(PrefixWalkError) {
        let size = WalkSponges.sponge
        let rows = map.rows(of: range)
        let source = try state.rows.load(rows, &arena)
        if rows.count == range.count {
            sponges.buffer.copy(from: source.buffer, at: source.offset, to: sponges.offset, count: size * range.count)
            return
        }
        for index in 0..<range.count {
            let row = map.row(of: range.lowerBound + index) - rows.lowerBound
            sponges.buffer.copy(
                from: source.buffer, at: source.offset + row * size, to: sponges.offset + index * size, count: size)
        }
    }

    /// Sponges at their start.
    private borrowing func start(
        _ window: Window, _ work: Work, _ sponges: WalkSlice, _ arena: inout Arena
    ) throws(PrefixWalkError) {
        let positions = arena.take(4 * window.range.count)
        positions.store(work.positions[window.range], less: UInt32(window.columns.lowerBound))
        WalkSponges.correlatedStart(
            kernels.path, message: messages.correlatedInner,
            seeds: try segment.read({ $0.correlationSeeds }, reports: window.columns, &arena),
            nonces: try segment.read({ $0.nonces }, reports: window.columns, &arena), reports: positions,
            reportCount: window.range.count, into: sponges)
    }
}
