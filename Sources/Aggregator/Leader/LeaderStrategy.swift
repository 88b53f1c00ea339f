import PopulusDAP

/// What a Leader's collections are: steps of walks, or batches.
///
/// A collection job is kept, polled, driven, failed and deleted by the ``Leader``, whatever it is about.
protocol LeaderStrategy: AggregatorPart {
    var link: HelperLink { get }
    /// Of a collection job's result.
    var resultType: MediaType { get }

    /// What is wrong with a request, as far as that can be said without the store.
    func check(_ request: CollectionJobReq) throws(AggregatorError)
    /// Whether a request gets the job again that it got before, instead of a new one.
    func answersAgain(_ known: ResourceRecord) throws -> Bool
    /// What has to be counted before a batch is chosen: in a transaction of its own, that no upload waits for.
    func counted(for asked: AskedCollection) async throws -> WaitingBatch
    /// Takes a new request into the history, and chooses its batch.
    ///
    /// - Throws: `BatchIsOpening` where it is to be tried again in a moment.
    func admit(
        _ asked: AskedCollection, _ counted: WaitingBatch, in transaction: any StoreTransaction
    ) throws -> ResourceRecord
    /// Takes note of a collection job that has just become durable.
    func accepted(_ asked: AskedCollection)
    /// Takes note of reports that were uploaded.
    func uploaded(reports: Int, bytes: Int)

    /// A collection job in the words of the log: `a step`, and which.
    func words(_ job: ResourceRecord) -> DrivenSubject
    /// Does what is due for a collection job.
    ///
    /// - Parameter claim: to the collection; nothing where another process drives it, and this one has parts of it.
    /// - Throws: `Failure`, `WorkFailed` where it is a part's.
    func advance(_ job: ResourceRecord, _ claim: Claim?) async throws -> Turn<Void>
    /// What the failure of a collection job means for its batch.
    func failed(_ job: ResourceRecord, _ failure: Failure, in transaction: any StoreTransaction) throws
    /// What the deletion of a collection job means for its batch; `job` is as it was before.
    ///
    /// Returns whether there is something to wipe.
    func deleted(_ job: ResourceRecord, in transaction: any StoreTransaction) throws -> Bool
    /// Ends outside the store what the deletion of a collection job has ended in it.
    func wipe(_ job: ResourceRecord) async
    /// The same for a collection job that is released or has failed, or was deleted while it was worked at.
    ///
    /// - Parameter asDriver: false where another process drove it.
    func settle(_ job: ResourceRecord, asDriver: Bool) async

    /// What the rejected reports of a collection job are counted for; nothing as long as they are not to be told.
    func subjectsOfRejections(
        of job: ResourceRecord, in transaction: any StoreTransaction
    ) throws -> ClosedRange<RejectionSubject>?

    /// Takes note of a collection job that another process has accepted.
    func noticed(_ job: ResourceRecord)
    /// Looks at what other processes have done or left behind, from time to time.
    func lookAtOthers() async throws

    /// Ends the jobs of batches with the task's work, erases their reports, and gives them.
    func endJobs(in transaction: any StoreTransaction) throws -> [BatchJobRecord]
    /// Takes note of what has ended with the task's work; waits for nobody.
    func stopped(_ work: EndedWork) async

    /// Looks at what a restart has left.
    func prepare() async throws(AggregatorError)
    /// The work that no collection job is the cause of, until the calling task is cancelled.
    func workAlong() async

    /// How far the work is, for ``TaskStatus``.
    func describe(_ status: inout TaskStatus, in transaction: any StoreTransaction) throws
    /// How many reports wait, and the least of their times.
    func countWaiting(in transaction: any StoreTransaction) throws -> (count: UInt64, oldest: UInt64?)
}

extension LeaderStrategy {
    func check(_ request: CollectionJobReq) throws(AggregatorError) {}
    func answersAgain(_ known: ResourceRecord) throws -> Bool { true }
    func counted(for asked: AskedCollection) async throws -> WaitingBatch { WaitingBatch() }
    func uploaded(reports: Int, bytes: Int) {}
    func settle(_ job: ResourceRecord, asDriver: Bool) async {}
    func noticed(_ job: ResourceRecord) {}
    func endJobs(in transaction: any StoreTransaction) throws -> [BatchJobRecord] { [] }
}

/// A request for a collection job that is well formed.
struct AskedCollection: Sendable {
    let body: [UInt8]
    let request: CollectionJobReq
    /// The step that is asked for, in a task with walks.
    let walk: WalkJobExtension?
    let digest: [UInt8]
    /// With fewer reports at hand no walk begins.
    let leastReports: UInt64
    /// Seconds since the Epoch.
    let now: UInt64
    let intervalEnd: IntervalEnd

    /// A collection job that it asks for.
    func job(_ id: CollectionJobID, about subject: ResourceRecord.Subject) -> ResourceRecord {
        ResourceRecord(id: ResourceID(id), about: subject, request: body, requestDigest: digest, createdAt: now)
    }

    /// - Throws: `batchInvalid` if a new batch's interval is not over.
    func checkIntervalIsOver() throws(AggregatorError) {
        if case .timeInterval(let interval) = request.query { try intervalEnd.check(interval) }
    }
}

/// A walk wants the reports that follow those of a walk whose fate is open; or some that it had counted may be forgotten.
struct BatchIsOpening: Error {}
