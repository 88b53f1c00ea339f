import PopulusDAP

/// The Helper of one task: answers the Leader, and checks on its own everything that the Leader could get wrong.
///
/// - `Helper+AggregationJobs`: where a job's messages enter; ``HelperStrategy`` says what a job is.
/// - `Helper+AggregateShares`: where a share is asked for, released, answered, deleted.
/// - `Helper+Verdicts`: what is committed before a share that is asked for.
/// - `Helper+Replicas`: where a request finds the process that has its job.
/// - `Helper+Run`: what is answered later, and what ends by itself.
/// - ``WalkHelper``, ``BatchHelper``: the strategies. There reports are bound, their shares opened and verified, and a level
///   or a batch is summed.
/// - `Release`: where a sum leaves.
///
/// Every answer is a function of what is durable, so that a repeated request gets the same bytes.
package final class Helper: HelperService, AggregatorPart {
    package let core: AggregatorCore
    let strategy: any HelperStrategy
    /// Requests for one aggregation job follow one another.
    let jobLocks = KeyedLock<AggregationJobID>()
    /// So do those for one aggregate share.
    let shareLocks = KeyedLock<AggregateShareID>()
    /// And what is committed together of one walk: whoever holds a job's lock there waits for other jobs of the walk.
    let walkLocks = KeyedLock<WalkID>()
    let background = BackgroundQueue()
    /// The way to other processes of this Helper, where there are any.
    let link: (any ReplicaLink)?

    /// - Parameter leaderClock: what is heard of the Leader's clock.
    package init(
        task: AggregatorTask, store: any TaskStore, settings: AggregatorSettings, machine: Machine,
        leaderClock: PeerClock? = nil, link: (any ReplicaLink)? = nil
    ) throws(AggregatorError) {
        self.link = link
        core = try AggregatorCore(task, as: .helper, store: store, settings: settings, machine: machine)
        switch task.kind {
        case .walk: strategy = try WalkHelper(core, jobLocks, leaderClock)
        case .batch: strategy = try BatchHelper(core, jobLocks, leaderClock)
        }
    }

    /// How far the task's work is.
    ///
    /// Spec: <doc:TaskStatuses>
    package func status() async throws(AggregatorError) -> TaskStatus {
        let strategy = strategy
        return try await reading("status") { [task] transaction in
            var status = TaskStatus(task)
            try strategy.describe(&status, in: transaction)
            status.end = try transaction.statusOfEnd()
            return status
        }
    }

    package var storeMeter: StoreMeter? { core.storeMeter }

    package func figures() async throws(AggregatorError) -> TaskFigures { try await storedFigures() }

    /// Gives errors this module's type.
    func wrapping<T: Sendable>(_ body: () async throws -> T) async throws(AggregatorError) -> T {
        do { return try await body() } catch { throw AggregatorError(wrapping: error) }
    }
}
