import Aggregator
import PopulusDAP

/// Identifiers by small numbers, the same in every task: who confuses tasks is seen.
extension ReportID {
    init(_ number: Int) { self.init(words: [0x52, UInt64(number)]) }
}

extension WalkID {
    init(_ number: Int) { self.init(words: [0x57, UInt64(number)]) }
}

extension AggregationJobID {
    init(_ number: Int) { self.init(words: [0x4a, UInt64(number)]) }
}

extension ResourceID {
    init(_ number: Int) { self.init(CollectionJobID(words: [0x43, UInt64(number)])) }
}

extension BatchID {
    init(_ number: Int) {
        var words = FourWords()
        (words[2], words[3]) = (0x42, UInt64(number))
        self.init(words: words)
    }
}

extension BatchBucketKey {
    /// The bucket of a time.
    init(_ time: UInt64) { self.init(Time(units: time)) }
}

/// What has no meaning for a store, and is told apart by a number.
func bytes(_ number: Int, count: Int = 32) -> [UInt8] { [UInt8](repeating: UInt8(number), count: count) }

extension Range<UInt64> {
    /// Every time, and every bucket.
    static var all: Self { 0..<UInt64.max }
}

extension ClosedRange<Int64> {
    /// Every row.
    static var all: Self { 0...Int64.max }
}

extension ClosedRange<BatchBucketKey> {
    /// The buckets of some times.
    static func times(_ times: ClosedRange<UInt64>) -> Self {
        BatchBucketKey(times.lowerBound)...BatchBucketKey(times.upperBound)
    }
}

extension WalkRecord {
    /// A walk over an interval.
    static func byTime(_ number: Int, _ interval: Range<UInt64>) -> Self {
        let bounds = Interval(
            start: Time(units: interval.lowerBound), duration: TimeDuration(units: UInt64(interval.count)))
        var walk = WalkRecord(
            id: WalkID(number), batchSelector: BatchSelector.timeInterval(bounds).encoded(),
            startedAt: UInt64(100 + number), verificationKeyID: 7)
        (walk.buckets, walk.interval, walk.isFrozen) = (interval, interval, true)
        return walk
    }

    /// A walk over a batch that the Leader selects.
    static func selected(_ number: Int, _ buckets: Range<UInt64>) -> Self {
        var walk = WalkRecord(
            id: WalkID(number), batchSelector: BatchSelector.leaderSelected(BatchID(number)).encoded(),
            startedAt: UInt64(100 + number), verificationKeyID: 7)
        (walk.buckets, walk.isFrozen) = (buckets, true)
        return walk
    }

    /// A walk of a Helper.
    static func plain(_ number: Int) -> Self {
        WalkRecord(id: WalkID(number), batchSelector: [], startedAt: UInt64(100 + number), verificationKeyID: 7)
    }
}

extension ShardRecord {
    /// A shard that has begun.
    static func numbered(_ number: Int, of walk: Int, ordinal: Int = 0, phase: JobPhase = .opened) -> Self {
        var job = ShardRecord(walk: WalkID(walk), ordinal: ordinal, phase: phase)
        job.jobID = AggregationJobID(number)
        return job
    }
}

extension BatchJobRecord {
    static func numbered(_ number: Int, phase: JobPhase = .bound) -> Self {
        var job = BatchJobRecord(parameter: [9], verificationKeyID: 7, phase: phase)
        job.jobID = AggregationJobID(number)
        return job
    }
}

extension StepRecord {
    static func numbered(_ step: UInt16, of walk: Int, parameter: Int = 1, resource: Int? = nil) -> Self {
        StepRecord(
            walk: WalkID(walk), step: step, parameter: bytes(parameter), resource: resource.map { ResourceID($0) })
    }
}

extension ResourceRecord {
    static func numbered(_ number: Int, digest: Int = 1) -> Self {
        ResourceRecord(
            id: ResourceID(number), about: .step(WalkID(1), 0), request: bytes(number, count: 5),
            requestDigest: bytes(digest), createdAt: 50)
    }
}

extension BatchBucket {
    static func at(_ time: UInt64, count: UInt64 = 1) -> Self {
        BatchBucket(
            key: BatchBucketKey(time), parameter: [9], share: bytes(3, count: 16), count: count,
            checksum: BatchChecksum(of: [ReportID(Int(time))]), times: time...time)
    }
}
