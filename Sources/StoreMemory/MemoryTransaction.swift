import Aggregator
import PopulusDAP

/// A transaction's own copy of a task's tables.
final class MemoryTransaction: StoreTransaction {
    private(set) var tables: MemoryTables
    /// Whether it has done what this store must never forget (``StoreWitness``).
    private(set) var isMarked = false
    let jobRows: ClosedRange<Int64>
    /// Whether the bodies of a job's reports are kept.
    let keepsBodies: Bool
    /// The process that it is one of.
    let replica: ReplicaID
    /// Which processes there are; nothing where there is one at a time.
    let replicas: MemoryReplicas?
    /// Whether other processes are to be woken once it is committed.
    var tellsOthers = false
    private let isReadOnly: Bool

    init(
        _ tables: MemoryTables, _ jobRows: ClosedRange<Int64>, keepsBodies: Bool, _ replica: ReplicaID,
        among replicas: MemoryReplicas?, isReadOnly: Bool = false
    ) {
        self.tables = tables
        (self.replica, self.replicas) = (replica, replicas)
        self.jobRows = jobRows
        self.keepsBodies = keepsBodies
        self.isReadOnly = isReadOnly
    }

    /// Every change goes through here.
    ///
    /// - Parameter marking: whether it must never be forgotten.
    @discardableResult
    func change<T>(marking: Bool = false, _ body: (inout MemoryTables) throws -> T) throws -> T {
        guard !isReadOnly else { throw StoreError.database("a read does not write") }
        if marking { isMarked = true }
        return try body(&tables)
    }

    /// The row of what has this place in a table, and the place of a row.
    func row(_ place: Int) -> Int64 { jobRows.lowerBound + Int64(place) }

    func place(_ row: Int64, in count: Int) -> Int? {
        guard jobRows.contains(row) else { return nil }
        let place = Int(row - jobRows.lowerBound)
        return place < count ? place : nil
    }

    static func missing(_ what: String) -> StoreError { .damaged(what) }

    /// What a database says of a row that is there already.
    static func taken(_ what: String) -> StoreError { .database("UNIQUE constraint failed: \(what)") }
}

// MARK: - The task's end

extension MemoryTransaction {
    func taskEnd() throws -> TaskEnd? { tables.end }

    func setTaskEnd(_ end: TaskEnd) throws { try change(marking: true) { $0.end = end } }
}
