import PopulusCollector

/// How many reports may turn bad after a walk's first step, for people.
///
/// One more ends the walk without a result, and its reports are spent: worth knowing before it starts.
enum LateRejections {
    /// For the least batch: how large this one is nobody knows yet.
    static func words(before start: WalkStart) -> String {
        "late rejections: " + text(start.leastLateRejectionLimit, "a batch of \(start.leastBatch) reports")
    }

    /// For the reports that the first step has accepted.
    static func words(afterTheFirst step: WalkProgressReport) -> String {
        "late rejections: " + text(step.lateRejectionLimit, "the \(step.summary.reports) accepted reports")
    }

    private static func text(_ limit: UInt64, _ of: String) -> String {
        limit == 0
            ? "none of \(of) may turn bad after the first step; one ends the walk"
            : "at most \(limit) of \(of) may turn bad after the first step; one more ends the walk"
    }
}
