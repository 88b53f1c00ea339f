import Collector
import DAP

/// How many reports may turn bad after a walk's first step, for people.
///
/// One more ends the walk without a result, and its reports are spent: worth knowing before it starts.
struct LateRejections {
    private let bounds: WalkTaskExtension
    private let leastBatch: UInt64

    init(_ task: CollectorTask) {
        bounds = task.walk
        leastBatch = task.configuration.minBatchSize
    }

    /// For the least batch: how large this one is nobody knows yet.
    var beforeTheWalk: String {
        "late rejections: "
            + text(bounds.lateRejectionLimit(initialCount: leastBatch), "a batch of \(leastBatch) reports")
    }

    /// For the reports that the first step has accepted.
    func afterTheFirstStep(of reports: UInt64) -> String {
        "late rejections: " + text(bounds.lateRejectionLimit(initialCount: reports), "the \(reports) accepted reports")
    }

    private func text(_ limit: UInt64, _ of: String) -> String {
        limit == 0
            ? "none of \(of) may turn bad after the first step; one ends the walk"
            : "at most \(limit) of \(of) may turn bad after the first step; one more ends the walk"
    }
}
