import PopulusKernels

/// Rows of one length, one a report: in memory where the budget has room, else in an unnamed file where it has room there.
final class StateRows: Sendable {
    private enum Storage: Sendable {
        case memory(WalkBuffer)
        case file(SpillFile)
    }

    let count: Int
    /// Bytes of a row.
    let stride: Int
    private let storage: Storage
    private let account: WalkAccount

    /// Nil where the budget has no room, neither in memory nor on disk.
    init?(count: Int, stride: Int, account: WalkAccount) {
        self.count = count
        self.stride = stride
        self.account = account
        if let buffer = account.reserve(count * stride) {
            storage = .memory(buffer)
        } else if let file = SpillFile(rows: count, stride: stride, budget: account.budget) {
            storage = .file(file)
        } else {
            return nil
        }
    }

    /// Whether rows are read into memory and written from it.
    var isSpilled: Bool {
        if case .file = storage { true } else { false }
    }

    /// Whether all that was stored is there; a file that could not be written is lost.
    var isWhole: Bool {
        if case .file(let file) = storage { file.isWhole } else { true }
    }

    deinit {
        if case .memory(let buffer) = storage { account.release(buffer, reserved: count * stride) }
    }

    /// Where rows `range` are to be written before `store`: in place, or in a piece of the arena.
    func target(_ range: Range<Int>, _ arena: inout Arena) -> WalkSlice {
        switch storage {
        case .memory(let buffer): WalkSlice(buffer, at: range.lowerBound * stride, count: range.count * stride)
        case .file: arena.take(range.count * stride)
        }
    }

    /// Keeps what was written into `target(range)`.
    func store(_ rows: WalkSlice, _ range: Range<Int>) {
        guard case .file(let file) = storage else { return }
        file.write(rows, from: range.lowerBound)
    }

    /// Rows `range`, for reading.
    func load(_ range: Range<Int>, _ arena: inout Arena) throws(PrefixWalkError) -> WalkSlice {
        let rows = target(range, &arena)
        if case .file(let file) = storage { try file.read(into: rows, from: range.lowerBound) }
        return rows
    }
}
