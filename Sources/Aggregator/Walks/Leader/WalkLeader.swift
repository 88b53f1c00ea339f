import DAP
import PrefixWalk
import Synchronization

/// The Leader's walks: each collection job is a step of one.
///
/// - `WalkLeader+Collection`: where a request is checked against the walk's history, and the batch is frozen.
/// - `WalkLeader+Clock`, `WalkLeader+Opening`: whether enough of a batch can be sent and opens here, before one report is
///   bound.
/// - `WalkLeader+Step`: one step of one walk.
/// - `WalkLeader+Shard…`, `WalkLeader+Confirm`: a shard's messages, where shares are verified.
/// - `WalkLeader+Finish`: where a level is summed, and handed to its release.
/// - `WalkLeader+End`: how a walk ends.
final class WalkLeader: LeaderStrategy, WalkPart {
    let core: AggregatorCore
    let link: HelperLink
    let walkTask: WalkTask
    /// How many reports the Collectors of walks that begin need at least; after a restart the least batch has to do.
    let wanted = Mutex<[WalkID: UInt64]>([:])
    let shards = ShardRegistry()
    let histories: WalkHistories
    let resultType = MediaType.walkCollectionJobResp

    init(_ core: AggregatorCore, _ link: HelperLink) throws(AggregatorError) {
        (self.core, self.link) = (core, link)
        walkTask = try WalkTask(core.task)
        histories = WalkHistories(bits: walkTask.bits)
    }

    func words(_ job: ResourceRecord) -> DrivenSubject {
        guard case .step(let walk, let step) = job.subject else { return DrivenSubject(what: "a step") }
        return DrivenSubject(
            what: "a step", about: "\(walk)", metadata: ["walk": "\(walk)", "step": "\(step)"])
    }

    /// What the Helper is asked for on behalf of a walk, while the walk's life lasts.
    func purpose(of walk: WalkRecord) -> Purpose {
        Purpose(subject: "walk \(walk.id)") { [self] in try await checkAlive(walk) }
    }

    func failure(by error: PrefixWalkError) -> any Error {
        switch error {
        case .messageLength, .nonCanonicalElement: Failure.helperMisbehaved("\(error)")
        default: Failure.failedHere("\(error)")
        }
    }

    func checkAlive(_ walk: WalkRecord) async throws {
        try await store.read("walk's end") { try $0.checkRunning(walk.id) }
        let limit = walkTask.rules.greatestAgeSeconds
        if walk.age(at: clock.now) > limit { throw Failure.refused(.lifeExceeded(limitSeconds: limit)) }
    }
}

extension WalkLeader {
    func countWaiting(in transaction: any StoreTransaction) throws -> (count: UInt64, oldest: UInt64?) {
        // By time a walk has those that it has bound; otherwise all of its buckets.
        let isByTime = task.configuration.batchMode == .timeInterval
        return try transaction.remainingUploads(
            in: isByTime ? .all : try transaction.freeBuckets(), isBound: false)
    }
}
