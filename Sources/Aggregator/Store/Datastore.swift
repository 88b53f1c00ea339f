import PopulusDAP

/// Everything that one aggregator must remember: the stores of all tasks of its role.
///
/// A task is in it only because an operator said so, once; nothing else makes one (rule 1 of the walk).
package protocol Datastore: TaskShelf {
    var role: Role { get }

    /// This process among those that work on it: the one of all of its tasks.
    var replica: any StoreReplica { get }

    /// Opens the store of a task, once in the life of a process, and adds an incarnation to it.
    ///
    /// - Throws: `StoreError`: `.missing` if there is no task at all, `.belongsToAnother` if there are others only, or if the
    ///   task's store is that of another configuration, `.refused` if the other aggregator has shown that it must not be worked with, `.inUse` if it is open already.
    /// - Parameter uploads: where its uploads wait (Leader).
    func open(_ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue) throws -> any TaskStore

    /// Ends every task's store; what is being read is read to its end.
    func close() throws
}

extension Datastore {
    /// Opens the store of a task.
    package func open(_ task: AggregatorTask) throws -> any TaskStore {
        try open(task.id, configurationDigest: task.configurationDigest, uploads: task.uploadQueue)
    }
}

/// The durable state of one aggregator for one task: a handle that sees nothing of other tasks.
///
/// What `write` returned is on disk (`synchronous=FULL` or stronger). A store raises its incarnation's count with every
/// commit that binds reports, records a step, draws noise, seals a share or ends a walk (``StoreWitness``).
package protocol TaskStore: StoreWitness {
    var task: TaskID { get }

    /// Runs `body` in one transaction of its own (writers may share a commit, and never see each other's failure) and
    /// returns after the commit. A thrown error undoes it. `body` may run again: it has no effect outside the store.
    ///
    /// - Parameter scope: what the store may let run beside it.
    func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T

    /// Runs `body` over one consistent state; it never blocks the calling thread.
    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T

    /// Folder of the segment files, one a shard, named by its job's row: of all tasks, as no two have a row in common.
    var segmentsDirectory: String { get }

    /// Whether a segment is a copy of what the store keeps, so that one that is lost is made again.
    ///
    /// Such a store keeps the bodies of a shard's reports until its walk ends (``StoreReports/keptBodies(job:from:limit:)``).
    /// In any other store a shard's segment is all that is left of them.
    var segmentsAreCache: Bool { get }

    /// The rows that jobs of this task have, and those of no other task.
    var jobRows: ClosedRange<Int64> { get }

    /// What this store's noise is expanded from, 32 bytes: drawn with the store, so that it is the same after a restart.
    var noiseKey: [UInt8] { get }

    /// What the task's segments are sealed with; nothing where the store is not sealed. Whoever wraps a store hands it on, so there is
    /// nothing that is taken by default.
    var seal: TaskSeal? { get }

    /// Reports of an earlier time are refused for ever, in seconds since the Epoch; 0 in a store that has lost nothing.
    var earliestReportTime: UInt64 { get }

    /// This process among those that work on the store.
    var replica: any StoreReplica { get }

    /// A stream with an element for what processes tell of from now on (``StoreClaims/tellOthers()``); several may become
    /// one, and one may get lost: whoever waits looks from time to time all the same.
    func changes() -> AsyncStream<Void>
}

extension TaskStore {
    /// The same for what is not an upload.
    package func write<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await write(name, .task, body)
    }

    package var segmentsAreCache: Bool { false }
}

/// What a write may run beside.
package enum WriteScope: Sendable, Hashable {
    /// Uploads run beside each other, any number of them, and beside nothing else: freezing a batch waits for those that
    /// have begun (rule 5).
    ///
    /// Such a write inserts uploads and counts what it turned away (``StoreReports/insertReports(_:in:)``), and no more.
    case uploads
    /// One at a time for a task, and beside no upload.
    case task
}

/// A transaction's view of one task.
///
/// Not to be kept after the transaction. Transactions are serialisable: what two of them did is what they would have done
/// one after the other.
package protocol StoreTransaction: StoreReports, StoreJobs, StoreWalks, StoreBatches, StoreResources,
    StoreClaims, StoreTaskEnds, StoreExpiry
{}
