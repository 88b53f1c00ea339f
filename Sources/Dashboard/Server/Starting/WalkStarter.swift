import PopulusCollector
import PopulusEvents
import Results

/// What an analyst asks for.
package struct WalkWish: Hashable, Sendable {
    /// As it was written: a number of votes, or a share of the reports.
    package let threshold: String
    /// The batch's ends as they were written, in a task of intervals of time.
    package let since: String?
    package let until: String?

    package init(threshold: String, since: String? = nil, until: String? = nil) {
        self.threshold = threshold
        self.since = since
        self.until = until
    }
}

/// Why a walk does not begin, or has no result: a sentence for the analyst, which quotes no count that was pruned.
package struct StartRefusal: Error, Hashable, Sendable {
    package let words: String

    package init(_ words: String) {
        self.words = words
    }
}

/// What a task asks of a walk.
package struct WalkTerms: Hashable, Sendable {
    /// The least threshold that it permits, in votes.
    package let leastThreshold: UInt64
    /// The least number of reports of a batch.
    package let leastBatch: UInt64
    /// What it promises of a report.
    package let promise: String
    /// Whether its batches are intervals of time; otherwise the Leader selects them.
    package let takesIntervals: Bool

    package init(leastThreshold: UInt64, leastBatch: UInt64, promise: String, takesIntervals: Bool) {
        self.leastThreshold = leastThreshold
        self.leastBatch = leastBatch
        self.promise = promise
        self.takesIntervals = takesIntervals
    }
}

/// Who can walk a task's batches: whoever runs the dashboard gives one for each task whose key it has.
package protocol WalkStarter: Sendable {
    var task: KeptTask { get }
    var terms: WalkTerms { get }

    /// The threshold of a walk that was interrupted and can go on; nothing where none was.
    func interruptedThreshold() -> String?

    /// Refuses what cannot succeed, before anything is asked of anybody.
    func check(_ wish: WalkWish) throws(StartRefusal)

    /// Begins a walk, or goes on with the one that was interrupted, and keeps its result in the file of results.
    ///
    /// It returns when nothing of it is under way any more. Cancelled, it stops where it can go on.
    ///
    /// - Parameter listener: hears every event of the run.
    func walk(_ wish: WalkWish, telling listener: any EventListener<WalkEvent>) async throws(StartRefusal)
}
