import PopulusDAP
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
/// - `WalkLeader+Erasing`: where uploads are erased that have served.
final class WalkLeader: LeaderStrategy, WalkPart {
    let core: AggregatorCore
    let link: HelperLink
    let walkTask: WalkTask
    /// How many reports the Collectors of walks that begin need at least; after a restart the least batch has to do.
    let wanted = Mutex<[WalkID: UInt64]>([:])
    /// Walks have ended: their uploads are to be erased.
    let erasures = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let shards = ShardRegistry()
    let histories: WalkHistories
    let spareBodies = SpareBodies()
    let farewells = Farewells()
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
        try checkAge(walk)
    }

    /// - Throws: `Failure.refused` where the walk's life is over.
    func checkAge(_ walk: WalkRecord) throws {
        let limit = walkTask.rules.greatestAgeSeconds
        if walk.age(at: clock.now) > limit { throw Failure.refused(.lifeExceeded(limitSeconds: limit)) }
    }
}

extension WalkLeader {
    func countWaiting(in transaction: any StoreTransaction) throws -> (count: UInt64, oldest: UInt64?) {
        guard task.configuration.batchMode == .timeInterval else {
            return try transaction.remainingUploads(in: try transaction.freeBuckets(), isBound: false)
        }
        // By time a walk has those that it has bound. What an ended one has left waits for nothing.
        var found: (count: UInt64, oldest: UInt64?) = (0, nil)
        var first: UInt64 = 0
        for left in try transaction.bucketsToErase() + [.max..<UInt64.max] {
            let waiting = try transaction.remainingUploads(in: first..<max(first, left.lowerBound), isBound: false)
            found.count += waiting.count
            found.oldest = [found.oldest, waiting.oldest].compactMap { $0 }.min()
            first = max(first, left.upperBound)
        }
        return found
    }
}
