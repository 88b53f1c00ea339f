import PopulusDAP

/// What a Helper's aggregation jobs are, shards of walks or jobs of batches, and what a share is the sum of.
///
/// Whatever it is about, requests are told apart, kept in order and answered later by the ``Helper``, and aggregate shares
/// are kept, answered and deleted there.
protocol HelperStrategy: AggregatorPart {
    /// What is heard of the Leader's clock.
    var leaderClock: PeerClock? { get }

    // MARK: Aggregation jobs: one request for a job at a time

    /// Takes an `AggregationJobInitReq`; the same bytes get the same answer.
    func create(_ id: AggregationJobID, _ body: [UInt8], digest: [UInt8]) async throws -> ResourceState
    /// Takes a further message to a job; the same bytes get the same answer.
    ///
    /// - Parameter seat: for what it commits, where that may wait for others' commits.
    func post(
        _ id: AggregationJobID, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> ResourceState
    /// How a job stands, or its answer to the request for a step. Any number at a time.
    func poll(_ id: AggregationJobID, step: UInt16?) async throws -> ResourceState
    /// Discards a job, never that its reports were evaluated.
    func delete(_ id: AggregationJobID) async throws
    /// Works at the request of a job that waits for an answer.
    func work(at id: AggregationJobID) async throws

    // MARK: Several processes on one store

    /// Whether a process has a job in memory from one message to the next, so that it has them all.
    var keepsJobs: Bool { get }
    /// Whether a job takes further messages.
    func isGoingOn(_ id: AggregationJobID, in transaction: any StoreTransaction) throws -> Bool
    /// Forgets what is in memory of a job: another process may have gone on with it.
    func letGo(_ id: AggregationJobID)
    /// Looks at what other processes have done, from time to time.
    func lookAtOthers() async throws

    // MARK: Aggregate shares

    /// Of a request for an aggregate share.
    var shareRequestType: MediaType { get }
    /// What a request is told whose share was deleted.
    var refusalOfDeletedShare: AggregatorError { get }
    /// Whether a share may be deleted once more.
    var mayDeleteShareAgain: Bool { get }
    /// Tells a request from the verdicts that may come with it.
    ///
    /// - Throws: `.unsupportedMediaType`; `invalidMessage`.
    func asked(_ mediaType: MediaType, _ body: [UInt8]) throws(AggregatorError) -> AskedShare
    /// Checks a request as far as that goes without the store.
    func shareRequest(_ body: [UInt8]) throws -> any ShareRequest
    /// What an accepted share comes to, which was not released at once.
    func release(of share: ResourceRecord) async throws -> Release
    /// Ends outside the store what has ended in it.
    func wipe(_ subject: ResourceRecord.Subject) async

    // MARK: The task

    /// Looks at what a restart has left.
    func prepare() async throws(AggregatorError)
    /// What is said while ``sweep()`` fails.
    var sweeping: DrivenSubject { get }
    /// Ends what nobody goes on with.
    func sweep() async throws
    /// Takes note of walks that have ended with the task's work.
    func stopped(_ walks: [WalkID]) async
    /// The work that no request is the cause of, until the calling task is cancelled.
    func workAlong() async
    /// How far the work is, for ``TaskStatus``.
    func describe(_ status: inout TaskStatus, in transaction: any StoreTransaction) throws
}

extension HelperStrategy {
    func asked(_ mediaType: MediaType, _ body: [UInt8]) throws(AggregatorError) -> AskedShare {
        guard shareRequestType.matches(mediaType) else { throw .unsupportedMediaType }
        return AskedShare(body: body)
    }

    func workAlong() async {}
    func stopped(_ walks: [WalkID]) async {}
}

/// A request for an aggregate share, and what is to be committed before it.
struct AskedShare: Sendable {
    /// The request: its digest and the share's name are of these bytes alone.
    let body: [UInt8]
    /// Verdicts of a walk's shards, as they would come one by one.
    var verdicts: [JobRequest] = []
}

/// A request for an aggregate share that is well formed.
protocol ShareRequest: Sendable {
    /// The walk that it is about, if any.
    var walk: WalkID? { get }
    /// Checks a request against what was counted here, and binds what it is about to this one request (rule 6).
    ///
    /// - Parameter id: of the share that it asks for.
    func admit(as id: ResourceID, in transaction: any StoreTransaction) throws -> ShareAdmission
    /// Checks the verdicts that come with the request, all of them, as far as that goes without computing.
    ///
    /// - Returns: those that are not committed yet.
    func due(
        of verdicts: [JobRequest], as id: ResourceID, in transaction: any StoreTransaction
    ) throws -> [JobRequest]
}

extension ShareRequest {
    var walk: WalkID? { nil }

    /// Of a batch nothing is committed with the request for its share.
    func due(of verdicts: [JobRequest], as id: ResourceID, in transaction: any StoreTransaction) throws -> [JobRequest]
    { [] }
}

/// What a request for an aggregate share comes to.
struct ShareAdmission: Sendable {
    let subject: ResourceRecord.Subject
    /// What is to be released in the same commit; nothing where it is summed later, as nothing is added to it any more.
    var release: Release?
    /// Why nothing is released, where the walk has ended by it; durable before it is told.
    var refusal: AggregatorError?
}
