import Kernels

/// Rows of one length, one a report: in memory where the budget has room, else in an unnamed file.
final class StateRows: Sendable {
    private enum Storage: Sendable {
        case memory(WalkBuffer)
        case file(FileHandle)
    }

    let count: Int
    /// Bytes of a row.
    let stride: Int
    private let storage: Storage
    private let budget: StateBudget

    /// Nil where the budget has no room and nowhere to spill.
    init?(count: Int, stride: Int, budget: StateBudget) throws(PrefixWalkError) {
        self.count = count
        self.stride = stride
        self.budget = budget
        if let buffer = budget.reserve(count * stride) {
            storage = .memory(buffer)
        } else if let directory = budget.spillDirectory {
            storage = .file(try FileHandle(temporaryIn: directory))
        } else {
            return nil
        }
    }

    /// Whether rows are read into memory and written from it.
    var isSpilled: Bool {
        if case .file = storage { true } else { false }
    }

    deinit {
        if case .memory(let buffer) = storage { budget.release(buffer, reserved: count * stride) }
    }

    /// Where rows `range` are to be written before `store`: in place, or in a piece of the arena.
    func target(_ range: Range<Int>, _ arena: inout Arena) -> WalkSlice {
        switch storage {
        case .memory(let buffer): WalkSlice(buffer, at: range.lowerBound * stride, count: range.count * stride)
        case .file: arena.take(range.count * stride)
        }
    }

    /// Keeps what was written into `target(range)`.
    func store(_ rows: WalkSlice, _ range: Range<Int>) throws(PrefixWalkError) {
        guard case .file(let file) = storage else { return }
        try file.write(rows, at: range.lowerBound * stride)
    }

    /// Rows `range`, for reading.
    func load(_ range: Range<Int>, _ arena: inout Arena) throws(PrefixWalkError) -> WalkSlice {
        let rows = target(range, &arena)
        if case .file(let file) = storage { try file.read(into: rows, at: range.lowerBound * stride) }
        return rows
    }
}
