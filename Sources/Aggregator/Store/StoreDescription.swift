import DAP

/// What an operator may read of a task's store.
package struct StoreDescription: Sendable {
    /// Nothing in a store of an early version, which gets it when it comes to this version.
    package let store: StoreID?
    package let peer: StoreID?
    package let starts: Int
    package let earliestReportTime: UInt64
    package let conflict: StoreConflict?
    /// The other tasks beside it.
    package let others: [TaskID]
    /// The file and its version, where an earlier version wrote it: it stays as it is.
    package let earlier: (path: String, version: Int)?

    package init(
        store: StoreID?, peer: StoreID?, starts: Int, earliestReportTime: UInt64, conflict: StoreConflict?,
        others: [TaskID], earlier: (path: String, version: Int)? = nil
    ) {
        self.store = store
        self.peer = peer
        self.starts = starts
        self.earliestReportTime = earliestReportTime
        self.conflict = conflict
        self.others = others
        self.earlier = earlier
    }
}
