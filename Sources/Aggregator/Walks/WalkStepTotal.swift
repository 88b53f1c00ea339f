import Crypto
import PopulusDAP
import PopulusVDAF

/// What one aggregator has summed over all shards of a walk at one step.
struct WalkStepTotal: Sendable {
    private(set) var count: UInt64 = 0
    private(set) var checksum = BatchChecksum()
    private(set) var sums: [[UInt8]] = []
    /// Reports accepted at step 0; at step 0 itself those of now.
    private(set) var initialCount: UInt64
    private var times: ClosedRange<UInt64>?
    /// SHA-256 over the transcripts of the shards after the step, in their order.
    let transcript: [UInt8]

    /// - Throws: `WalkRefusal.previousStepUnfinished` if a shard with live reports has not committed the step,
    ///   `WalkRefusal.headerMismatch` if one is beyond it, `StoreError.damaged`.
    init(_ jobs: [ShardRecord], walk: WalkRecord, step: UInt16) throws {
        initialCount = walk.initialCount
        var hash = SHA256()
        for job in jobs where job.phase != .finished {
            guard job.committedSteps > step else { throw WalkRefusal.previousStepUnfinished }
            guard job.committedSteps == step + 1 else { throw WalkRefusal.headerMismatch(.step) }
            guard let part = BatchChecksum(bytes: job.checksum) else { throw StoreError.damaged("checksum") }
            count += UInt64(job.count)
            checksum.merge(part)
            sums.append(job.sum)
            hash.update(data: job.transcript)
            if let least = job.leastTime, let greatest = job.greatestTime {
                times = min(times?.lowerBound ?? least, least)...max(times?.upperBound ?? greatest, greatest)
            }
        }
        if step == 0 { initialCount = count }
        transcript = Array(hash.finalize())
    }

    /// The smallest interval with all reports' times.
    var interval: Interval {
        guard let times else { return Interval(start: Time(units: 0), duration: TimeDuration(units: 0)) }
        return Interval(containing: Time(units: times.lowerBound), Time(units: times.upperBound))
    }
}

extension WalkStepTotal {
    /// The sum over the shards, in candidate order.
    func summed(_ parameter: Poplar1AggregationParameter, _ rules: WalkRules) throws -> AggregateVector {
        var vector = AggregateVector(candidates: parameter.prefixes.count, isLeaf: parameter.level == rules.leafLevel)
        for sum in sums { try vector.add(sum) }
        return vector
    }
}
