import Kernels
import VDAF

/// What a step leaves for the next.
///
/// For each live report: the seed and control bit of each candidate's node, and the sponge of correlated randomness. It
/// is a cache; everything in it follows from the segment.
final class NodeState: Sendable {
    private enum Storage: Sendable {
        case memory(nodes: WalkBuffer, sponges: WalkBuffer)
        case file(FileHandle)
    }

    let level: Int
    let prefixes: [Prefix]
    /// The reports that have a row, in order.
    let live: ReportBitmap
    let rowCount: Int
    let stride: Int
    private let storage: Storage
    private let budget: StateBudget
    private let reserved: Int

    /// Room for a step's state, in memory or in a file; nil where the budget has none.
    init?(
        level: Int, prefixes: [Prefix], live: ReportBitmap, budget: StateBudget
    ) throws(PrefixWalkError) {
        self.level = level
        self.prefixes = prefixes
        self.live = live
        self.budget = budget
        rowCount = live.population
        stride = WalkNodeRows.stride(nodes: prefixes.count)
        let bytes = rowCount * (stride + WalkSponges.sponge)
        if budget.reserve(bytes) {
            reserved = bytes
            storage = .memory(
                nodes: WalkBuffer(uninitialized: rowCount * stride),
                sponges: WalkBuffer(uninitialized: rowCount * WalkSponges.sponge))
        } else if let directory = budget.spillDirectory {
            reserved = 0
            storage = .file(try FileHandle(temporaryIn: directory))
        } else {
            return nil
        }
    }

    deinit { budget.release(reserved) }

    /// Where rows `range` of the nodes are, or are to be written before `store`.
    func nodes(_ range: Range<Int>) -> WalkSlice {
        switch storage {
        case .memory(let nodes, _): WalkSlice(nodes, at: range.lowerBound * stride, count: range.count * stride)
        case .file: WalkSlice(WalkBuffer(uninitialized: range.count * stride))
        }
    }

    /// The same for the sponges.
    func sponges(_ range: Range<Int>) -> WalkSlice {
        let size = WalkSponges.sponge
        return switch storage {
        case .memory(_, let sponges): WalkSlice(sponges, at: range.lowerBound * size, count: range.count * size)
        case .file: WalkSlice(WalkBuffer(uninitialized: range.count * size))
        }
    }

    /// Keeps what was written into `nodes(range)` and `sponges(range)`.
    func store(nodes: WalkSlice, sponges: WalkSlice, _ range: Range<Int>) throws(PrefixWalkError) {
        guard case .file(let file) = storage else { return }
        try file.write(nodes, at: range.lowerBound * stride)
        try file.write(sponges, at: rowCount * stride + range.lowerBound * WalkSponges.sponge)
    }

    /// Rows `range`, for reading.
    func load(_ range: Range<Int>) throws(PrefixWalkError) -> (nodes: WalkSlice, sponges: WalkSlice) {
        let nodes = nodes(range)
        let sponges = sponges(range)
        if case .file(let file) = storage {
            try file.read(into: nodes, at: range.lowerBound * stride)
            try file.read(into: sponges, at: rowCount * stride + range.lowerBound * WalkSponges.sponge)
        }
        return (nodes, sponges)
    }
}
