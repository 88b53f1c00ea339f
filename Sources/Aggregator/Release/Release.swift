import Logging
import PopulusDAP
import PopulusVDAF

/// A sum on its way to the Collector: of one step of a walk, or of a batch; of either role.
///
/// The one way out of an aggregator, in this order:
///
/// - `Release`: the sum meets its bounds. A Leader asks the Helper for its share only then.
/// - `Release+Seal`: the sum gets its noise and its seal.
/// - `Release+Store`: the answer becomes durable, and what has served is erased.
struct Release: Sendable {
    /// What was summed.
    enum Subject: Sendable {
        /// A step of a walk, over its shards.
        case step(WalkStepTotal, StepRecord, Poplar1AggregationParameter, WalkRules)
        /// The buckets of a batch, with the sum over them.
        case batch(BatchBucket, ClosedRange<BatchBucketKey>)
    }

    let subject: Subject
    let count: UInt64
    let checksum: BatchChecksum
    /// The smallest interval with all reports' times.
    let interval: Interval
    /// Reports that the walk has lost since step 0; none of a batch.
    let lateRejections: UInt64
    /// What the Collector asked for, and the batch that is meant: parts of the associated data.
    let collection: CollectionJobReq
    let selector: BatchSelector

    /// Rules 3 and 5: a walk's sum must be of enough reports, and few may have been rejected late.
    init(
        _ total: WalkStepTotal, of step: StepRecord, _ parameter: Poplar1AggregationParameter, rules: WalkRules,
        for collection: CollectionJobReq, _ selector: BatchSelector
    ) throws(WalkRefusal) {
        lateRejections = try rules.checkOutcome(reportCount: total.count, initialCount: total.initialCount)
        subject = .step(total, step, parameter, rules)
        (count, checksum, interval) = (total.count, total.checksum, total.interval)
        (self.collection, self.selector) = (collection, selector)
    }

    /// A batch's sum must be of enough reports, and of no more than the VDAF's field holds.
    init(
        _ total: BatchBucket, of keys: ClosedRange<BatchBucketKey>, task: AggregatorTask,
        for collection: CollectionJobReq, _ selector: BatchSelector
    ) throws(BatchSizeRefusal) {
        try task.checkBatchSize(total.count)
        subject = .batch(total, keys)
        let times = total.times ?? 0...0
        (count, checksum, lateRejections) = (total.count, total.checksum, 0)
        interval = Interval(containing: Time(units: times.lowerBound), Time(units: times.upperBound))
        (self.collection, self.selector) = (collection, selector)
    }

    /// Whether another release is of the very same reports, verified in the same order.
    func isOfTheSame(as other: Release) -> Bool {
        let transcripts = [self, other].map { release -> [UInt8] in
            if case .step(let total, _, _, _) = release.subject { total.transcript } else { [] }
        }
        return count == other.count && checksum == other.checksum && lateRejections == other.lateRejections
            && transcripts[0] == transcripts[1]
    }

    /// Whether it is a step of a walk.
    var isStep: Bool { if case .step = subject { true } else { false } }

    /// Whether it is a walk's last step: the one whose candidates are whole strings.
    var isLeaf: Bool {
        if case .step(_, _, let parameter, let rules) = subject { parameter.level == rules.leafLevel } else { false }
    }
}

extension Release {
    /// What a log says once it is durable.
    var words: String {
        if case .step = subject { "step released" } else { "batch released" }
    }

    var metadata: Logger.Metadata {
        guard case .step(_, let step, _, _) = subject else { return ["reports": "\(count)"] }
        return ["walk": "\(step.walk)", "step": "\(step.step)", "reports": "\(count)"]
    }
}

/// Why no sum of a batch is released.
enum BatchSizeRefusal: Error, Sendable {
    case tooFew(UInt64, least: UInt64)
    /// The sum may be beyond the VDAF's field.
    case tooMany(UInt64, most: UInt64)
}

extension AggregatorTask {
    /// Checks that so many reports of a batch may be summed and released.
    func checkBatchSize(_ count: UInt64) throws(BatchSizeRefusal) {
        let least = configuration.minBatchSize
        guard count >= max(least, 1) else { throw .tooFew(count, least: least) }
        let most = greatestReportCount
        guard count <= most else { throw .tooMany(count, most: most) }
    }
}

extension AggregatorError {
    /// What a Helper answers.
    init(_ refusal: BatchSizeRefusal) {
        let detail =
            switch refusal {
            case .tooFew(let count, let least): "\(count) reports of at least \(least)"
            case .tooMany(let count, let most):
                "\(count) reports; the sum of more than \(most) may be beyond the VDAF's field"
            }
        self = .problem(.invalidBatchSize, detail: detail)
    }
}
