import Logging
import PopulusDAP
import PrefixWalk

/// The Helper's walks: each aggregation job is a shard of one, each aggregate share the sum of a step.
///
/// - `WalkHelper+Init`: a shard's reports enter, are bound, opened and evaluated for step 0.
/// - `WalkHelper+Continue`: step 0's second message, and its commit.
/// - `WalkHelper+Step`: later steps: evaluation, verdicts, commit.
/// - `WalkHelper+Post`: messages told apart by media type; polling; deletion.
/// - `WalkHelper+Shard`: the answers and evaluations in memory.
/// - `WalkShareRequest`: where a level is summed.
/// - `WalkShareRequest+Verdicts`: the verdicts that come with it.
final class WalkHelper: HelperStrategy, WalkPart {
    let core: AggregatorCore
    let walkTask: WalkTask
    /// Requests for one aggregation job follow one another.
    let jobLocks: KeyedLock<AggregationJobID>
    let leaderClock: PeerClock?
    let shards = ShardRegistry()
    let histories: WalkHistories
    /// Shards have ended: what is kept of their reports is to be erased.
    let erasures = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let shareRequestType = MediaType.walkAggregateShareReq
    let refusalOfDeletedShare = AggregatorError.notFound
    let mayDeleteShareAgain = true

    init(_ core: AggregatorCore, _ jobLocks: KeyedLock<AggregationJobID>, _ leaderClock: PeerClock?)
        throws(AggregatorError)
    {
        (self.core, self.jobLocks, self.leaderClock) = (core, jobLocks, leaderClock)
        walkTask = try WalkTask(core.task)
        histories = WalkHistories(bits: walkTask.bits)
    }

    func failure(by error: PrefixWalkError) -> any Error {
        switch error {
        case .messageLength, .nonCanonicalElement: AggregatorError.invalidMessage("verifier shares: \(error)")
        case .invalidParameter:
            AggregatorError.problem(.invalidAggregationParameter, detail: "it cannot be evaluated")
        default: AggregatorError.internal("\(error)")
        }
    }

    func shareRequest(_ body: [UInt8]) throws -> any ShareRequest {
        try WalkShareRequest(decoding: body, of: walkTask, IntervalEnd(now: clock.now, settings, task.configuration))
    }

    /// A step's share is released in the commit that admits it, or not at all.
    func release(of share: ResourceRecord) async throws -> Release {
        throw StoreError.damaged("an aggregate share of a step that is not released")
    }

    let keepsJobs = true

    func isGoingOn(_ id: AggregationJobID, in transaction: any StoreTransaction) throws -> Bool {
        guard let job = try transaction.shard(id: id), job.phase != .finished else { return false }
        return try transaction.walkEnd(job.walk) == nil
    }

    func letGo(_ id: AggregationJobID) { shards.remove(id) }

    func lookAtOthers() async throws { try await dropEnded() }

    /// Writes what belongs to a shard.
    ///
    /// - Throws: `ClaimLost` where it is not this process's any more.
    func write<T: Sendable>(
        _ name: StaticString, of job: ShardRecord, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await claims.write(name, try claim(to: job), body)
    }

    /// - Throws: `ClaimLost` where a shard is not this process's any more.
    func claim(to job: ShardRecord) throws -> Claim {
        guard let id = job.jobID else { throw StoreError.damaged("job without ID") }
        guard let claim = claims[.job(id)] else { throw ClaimLost(work: .job(id)) }
        return claim
    }

    /// Shards are answered at once: none waits.
    func work(at id: AggregationJobID) async throws {}

    func wipe(_ subject: ResourceRecord.Subject) async {
        guard case .step(let walk, _) = subject else { return }
        _ = await eraseShards(of: walk)
        erasures.continuation.yield()
    }

    func stopped(_ walks: [WalkID]) async {
        for id in walks { _ = await eraseShards(of: id) }
        erasures.continuation.yield()
    }

    func sweep() async throws {
        let ended = try await endExpired { walk, transaction in
            try transaction.end(&walk, .expired)
            return true
        }
        for id in ended {
            logger.notice("a walk's life is over", metadata: ["walk": "\(id)"])
            _ = await eraseShards(of: id)
        }
        // Also where nobody could say so.
        erasures.continuation.yield()
    }

    /// Erases what the store keeps of the reports of shards that have ended, first of all of those that a restart left (rule 8).
    ///
    /// The end of a walk or of a shard is all that says so: it is durable, and nothing of it is made again.
    func workAlong() async {
        guard store.segmentsAreCache else { return }
        erasures.continuation.yield()
        for await _ in erasures.stream {
            _ = await driver.drive(DrivenSubject(what: "bodies of ended shards cannot be erased")) {
                for row in try await store.read("what is to be erased", { try $0.shardsToErase() }) {
                    // What is left is erased after a restart.
                    try Task.checkCancellation()
                    try await store.write("erase bodies") { try $0.eraseUploads(job: row) }
                }
                return Turn<Void>.ended
            }
        }
    }
}
