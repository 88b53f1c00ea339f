import PopulusDAP
import PrefixWalk

/// Before a walk's first report is bound: whether enough of the batch's shares open here.
///
/// Uploads need no token. Junk would otherwise count towards the least batch, and the reports of honest clients would be
/// spent on a step that is refused for having too few.
extension WalkLeader {
    /// Opens and checks reports in their order until `min_batch_size` of them are fine.
    ///
    /// Nothing derived from them stays or leaves. What is fine is opened again when its shard begins.
    ///
    /// - Throws: `Failure.tooFewOpen`.
    func checkEnoughOpen(_ work: WalkStepWork, _ claim: Claim) async throws {
        let walk = work.walk
        // With shards it was passed before.
        let (isFresh, rows) = try await store.read("a walk's uploads") { transaction in
            (try transaction.shards(walk.id).isEmpty, try transaction.rowSpan(of: walk.buckets))
        }
        guard isFresh, !walk.buckets.isEmpty else { return }
        let smallest = Int(clamping: task.configuration.minBatchSize)
        let least = max(smallest, Int(clamping: wanted.withLock { $0[walk.id] } ?? 0))
        var opening = WalkOpening(least: least, smallest: smallest, pageLimit: settings.greatestPageUploads)
        var next = rows?.lowerBound ?? 0
        while let last = rows?.upperBound, next <= last, opening.valid < least {
            let first = next
            let limit = min(pageLimit, max(least - opening.valid, Self.leastPage))
            let page = try await store.read("uploads of a walk") {
                try $0.reportBodies(rows: first...last, in: walk.buckets, limit: limit)
            }
            guard let end = page.last?.row else { break }
            for (upload, outcome) in zip(page, try await outcomes(of: page)) {
                opening.add(upload.row, outcome)
            }
            next = end + 1
        }
        guard opening.valid < least else { return }
        try await store.read("walk's end") { try $0.checkRunning(walk.id) }
        try await refuse(opening, of: walk, claim)
        throw Failure.tooFewOpen(opening)
    }

    /// So many reports are read together, where fewer are needed.
    private static let leastPage = 64

    private func outcomes(of page: [StoredReport]) async throws -> [OpeningOutcome] {
        let bits = walkTask.bits
        return try await openings(of: page) { uploads, opener in
            let shape = try SegmentShape(bits: bits)
            var scratch: [UInt8] = []
            return try uploads.map { upload in
                let report = try upload.slices
                let refusal = opener.refusal(of: report.head, report.leaderShare, addingTo: shape, scratch: &scratch)
                return opener.outcome(refusal, sealedTo: report.leaderShare.configID)
            }
        }
    }
}

/// What came of opening a batch's reports before the walk begins.
struct WalkOpening: Sendable {
    let least: Int
    /// The task's smallest batch: `least`, unless the Collector needs more.
    let smallest: Int
    private(set) var valid = 0
    private(set) var withheld = 0
    /// Those that are refused, in pages.
    private(set) var refusals: [RefusedPage] = []
    private let pageLimit: Int
    private var isInRange = false

    /// Reports that are refused together.
    struct RefusedPage: Sendable {
        /// Nothing else of the batch lies between a range's ends.
        private(set) var rows: [ClosedRange<Int64>] = []
        private(set) var counts: [ReportError: Int] = [:]
        private(set) var count = 0

        /// - Parameter isNext: whether nothing of the batch lies between it and the one before.
        fileprivate mutating func add(_ row: Int64, _ error: ReportError, isNext: Bool) {
            if isNext, let range = rows.popLast() {
                rows.append(range.lowerBound...row)
            } else {
                rows.append(row...row)
            }
            counts[error, default: 0] += 1
            count += 1
        }
    }

    /// - Parameter pageLimit: most reports that are refused together.
    init(least: Int, smallest: Int, pageLimit: Int) {
        (self.least, self.smallest, self.pageLimit) = (least, smallest, pageLimit)
    }

    /// Why the walk does not begin.
    var problemType: ProblemType { valid < smallest ? .invalidBatchSize : .fewerReportsThanAsked }

    /// Adds the outcome of the batch's next report.
    mutating func add(_ row: Int64, _ outcome: OpeningOutcome) {
        switch outcome {
        case .valid: valid += 1
        case .keyIsGone: withheld += 1
        case .refused(let error):
            refuse(row, error)
            return
        }
        isInRange = false
    }

    private mutating func refuse(_ row: Int64, _ error: ReportError) {
        if refusals.last.map({ $0.count >= pageLimit }) ?? true {
            refusals.append(RefusedPage())
            isInRange = false
        }
        refusals[refusals.count - 1].add(row, error, isNext: isInRange)
        isInRange = true
    }
}

extension WalkOpening: CustomStringConvertible {
    /// One sentence for a problem document.
    var description: String {
        let all = valid + withheld + refusals.reduce(0) { $0 + $1.count }
        let keys = withheld > 0 ? ", and \(withheld) are sealed to a key that the Leader does not have now" : ""
        let need =
            problemType == .invalidBatchSize
            ? "\(least - valid) more are needed" : "fewer than the threshold of \(least)"
        return "Only \(valid) of \(all) reports are valid\(keys): \(need). Nothing was spent."
    }
}
