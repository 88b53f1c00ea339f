import CPopulusKernels

/// The nodes of one level that a step wants, in candidate order, with the level's corrections for a block of reports.
package struct WalkLevel: Sendable {
    package let count: Int
    /// For each node, the index of its parent among the nodes above (32-bit words).
    package let parents: WalkSlice
    /// For each node, which child it is (a byte).
    package let bits: WalkSlice
    /// 16 bytes a report of the block.
    package let seedCorrections: WalkSlice
    /// A byte a report of the block: bit 0 for the left child, bit 1 for the right.
    package let controlCorrections: WalkSlice

    package init(
        count: Int, parents: WalkSlice, bits: WalkSlice, seedCorrections: WalkSlice, controlCorrections: WalkSlice
    ) {
        self.count = count
        self.parents = parents
        self.bits = bits
        self.seedCorrections = seedCorrections
        self.controlCorrections = controlCorrections
    }

    func raw(reports: Int) -> walk_level {
        unsafe walk_level(
            count: UInt32(count), parents: parents.words(UInt32.self, requiring: count),
            bits: bits.pointer(requiring: count), seed_cw: seedCorrections.pointer(requiring: 16 * reports),
            ctrl_cw: controlCorrections.pointer(requiring: reports))
    }
}

/// Levels as the kernels take them, made once for all blocks of a window.
///
/// Whoever evaluates a block touches no reference count of the buffers then, which cores share.
@safe package struct WalkLevels {
    package let levels: [WalkLevel]
    /// Reports in the levels' columns.
    let reports: Int
    /// They point into the buffers of `levels`.
    let raw: [walk_level]
    /// The most nodes of a level, and the most of one above the last.
    let mostNodes: (ofAll: Int, aboveLast: Int)

    package init(_ levels: [WalkLevel], reports: Int) {
        self.levels = levels
        self.reports = reports
        unsafe raw = levels.map { unsafe $0.raw(reports: reports) }
        mostNodes = (
            levels.reduce(0) { max($0, $1.count) }, levels.dropLast().reduce(0) { max($0, $1.count) }
        )
    }

    /// Nodes of a level.
    func count(_ level: Int) -> Int { unsafe Int(raw[level].count) }
}

/// Rows of node state: the seeds of a row's nodes (16 bytes each), then their control bits (a byte each).
package struct WalkNodeRows: Sendable {
    /// Nodes in a row.
    package let nodes: Int
    package let stride: Int
    package let rows: WalkSlice

    package init(nodes: Int, stride: Int, rows: WalkSlice) {
        precondition(stride >= 17 * nodes)
        self.nodes = nodes
        self.stride = stride
        self.rows = rows
    }

    /// Bytes from one row to the next: a whole number of cache lines where rows are long.
    package static func stride(nodes: Int) -> Int {
        let bytes = 17 * nodes
        return bytes < 128 ? bytes : (bytes + 63) / 64 * 64
    }
}

/// Where the nodes of one level go.
package struct WalkNodeOutput: Sendable {
    /// Which of the levels that are evaluated, counted from 0.
    package let level: Int
    /// A row an evaluated report.
    package let nodes: WalkNodeRows

    package init(level: Int, nodes: WalkNodeRows) {
        self.level = level
        self.nodes = nodes
    }
}

/// Which reports of a block are evaluated: positions in the block's columns, and rows of the input state.
///
/// The positions' and rows' bounds are the caller's to keep: they are not secret and come from no peer.
package struct WalkSelection: Sendable {
    package let count: Int
    package let positions: WalkSlice
    package let inputRows: WalkSlice
    /// Reports in the block's columns.
    package let columnCount: Int

    package init(positions: [UInt32], inputRows: [UInt32], columnCount: Int) {
        precondition(positions.count == inputRows.count && positions.allSatisfy { $0 < columnCount })
        count = positions.count
        self.columnCount = columnCount
        self.positions = WalkSlice(WalkBuffer(positions))
        self.inputRows = WalkSlice(WalkBuffer(inputRows))
    }

    /// The same from 32-bit words that are in place already.
    package init(count: Int, positions: WalkSlice, inputRows: WalkSlice, columnCount: Int) {
        self.count = count
        self.positions = positions
        self.inputRows = inputRows
        self.columnCount = columnCount
    }
}

/// What the candidates of an inner level yield; they leave no nodes.
package struct WalkInnerValues: Sendable {
    package let payloadCorrections: WalkSlice
    package let verifyRand: WalkSlice
    package let correlated: WalkSlice
    /// Bytes of a candidate's running sum: two words, as `WalkRounds.innerSums` takes them.
    package static let sum = 16
    /// A running sum a candidate.
    package let sums: WalkSlice
    /// 24 bytes an evaluated report.
    package let verifierShares: WalkSlice

    package init(
        payloadCorrections: WalkSlice, verifyRand: WalkSlice, correlated: WalkSlice, sums: WalkSlice,
        verifierShares: WalkSlice
    ) {
        self.payloadCorrections = payloadCorrections
        self.verifyRand = verifyRand
        self.correlated = correlated
        self.sums = sums
        self.verifierShares = verifierShares
    }
}
