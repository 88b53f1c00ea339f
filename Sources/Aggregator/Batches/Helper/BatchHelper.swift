import DAP
import Logging
import Synchronization
import VDAF

/// The Helper of one batch task: DAP as it stands, for any VDAF of one or two rounds.
///
/// - `BatchHelper+Init`: a job's reports enter and are bound.
/// - `BatchHelper+Verify`: their shares are opened and verified; the answer to the initialisation.
/// - `BatchHelper+Continue`: the second round.
/// - `BatchHelper+Commit`: output shares go into batch buckets, and the answer is stored with them.
/// - `BatchHelper+AggregateShare`: a batch is closed, summed, sealed and released.
/// - `BatchHelper+Background`: what is answered later.
///
/// Every answer is a function of what is durable, so that a repeated request gets the same bytes.
package final class BatchHelper: HelperService {
    package let task: AggregatorTask
    package let settings: AggregatorSettings
    let vdaf: any EncodedVdaf
    let store: any TaskStore
    let clock: any AggregatorClock
    let logger: Logger
    let work: WorkPool
    /// Requests for one aggregation job follow one another.
    let jobLocks = KeyedLock<AggregationJobID>()
    let shareLocks = KeyedLock<AggregateShareID>()
    let background = BackgroundQueue()
    package let troubles: Troubles

    package init(
        task: AggregatorTask, store: any TaskStore, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        guard task.role == .helper else { throw .invalidMessage("the task's role is not helper") }
        guard case .batch = task.kind else { throw .invalidMessage("the task has walks") }
        vdaf = task.vdaf
        guard vdaf.rounds <= 2 else { throw .invalidMessage("the VDAF has more than two rounds") }
        self.task = task
        self.store = store
        clock = machine.clock
        self.settings = settings.over(store)
        logger = machine.logger
        troubles = Troubles(of: task.id, clock: clock, logger: logger)
        work = machine.work
    }

    /// The keys that clients seal their shares to.
    package func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    /// How many reports were turned away, by reason and by where it showed.
    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await wrapping { try await self.store.read("report counts") { try $0.reportCounts() } }
    }
}

extension BatchHelper {
    /// Now, in units of the task's time precision.
    var currentTime: UInt64 {
        Time(secondsSinceEpoch: clock.now, precision: task.configuration.timePrecision).units
    }

    /// Gives errors this module's type.
    func wrapping<T: Sendable>(_ body: () async throws -> T) async throws(AggregatorError) -> T {
        do { return try await body() } catch { throw AggregatorError(wrapping: error) }
    }

    /// Runs `body` when no other request for the job is at work.
    func serialized<T: Sendable>(
        _ job: AggregationJobID, _ body: () async throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await jobLocks.withLock(job, body) } catch { throw AggregatorError(wrapping: error) }
    }

    /// What opens and verifies the reports of a job.
    func verifier(of job: BatchJobRecord) throws -> ReportVerifier {
        guard let key = task.verifyKeys[job.verificationKeyID] else {
            throw StoreError.damaged("a job's verification key is gone")
        }
        return ReportVerifier(
            vdaf: vdaf, opener: ShareOpener(task: task, settings: settings), verifyKey: key, parameter: job.parameter)
    }

    /// How an aggregation job stands, as the Leader is told.
    ///
    /// - Throws: `unrecognizedAggregationJob` for one that was deleted, and what it failed with for one that failed.
    func answer(_ job: BatchJobRecord, _ id: AggregationJobID) throws -> AggregationJobAnswer {
        switch job.phase {
        case .planned, .bound:
            return AggregationJobAnswer(id: id, state: .processing(retryAfter: settings.retryAfter))
        case .opened, .finished:
            return AggregationJobAnswer(
                id: id, state: .ready(body: job.response, mediaType: .aggregationJobResp))
        case .abandoned: throw Self.end(of: job)
        }
    }
}
