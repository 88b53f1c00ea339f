import PopulusDAP

/// Told what happened to a store while it is open: to all of its tasks, or to the one that is named.
package typealias OutageObserver = @Sendable (StoreError, TaskID?) -> Void

/// A task whose store is to be renewed: an operator's consent to go on after a store was lost or put back.
package struct StoreRenewal: Sendable {
    package let task: TaskID
    package let configurationDigest: [UInt8]
    /// Reports of a time before it are refused, in seconds since the Epoch.
    package let earliestReportTime: UInt64
    package let timePrecision: TimePrecision

    package init(
        task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64, timePrecision: TimePrecision
    ) {
        self.task = task
        self.configurationDigest = configurationDigest
        self.earliestReportTime = earliestReportTime
        self.timePrecision = timePrecision
    }
}

/// What an operator may read of a task's store.
package struct StoreDescription: Sendable {
    /// Nothing in a store of an early version, which gets it when it comes to this version.
    package let store: StoreID?
    package let peer: StoreID?
    package let starts: Int
    package let earliestReportTime: UInt64
    package let conflict: StoreConflict?
    /// The other tasks of the file, or of the database.
    package let others: [TaskID]
    /// The file and its version, where an earlier version wrote it: it stays as it is.
    package let earlier: (path: String, version: Int)?
    /// The processes that work on it or did so lately, where there may be several.
    package let replicas: [KnownReplica]

    package init(
        store: StoreID?, peer: StoreID?, starts: Int, earliestReportTime: UInt64, conflict: StoreConflict?,
        others: [TaskID], earlier: (path: String, version: Int)? = nil, replicas: [KnownReplica] = []
    ) {
        (self.store, self.peer, self.starts) = (store, peer, starts)
        (self.earliestReportTime, self.conflict) = (earliestReportTime, conflict)
        (self.others, self.earlier, self.replicas) = (others, earlier, replicas)
    }
}
