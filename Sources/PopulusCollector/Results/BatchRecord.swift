import PopulusDAP

/// A collected batch: its result, and what it is a result of.
package struct BatchRecord: Sendable {
    package let report: BatchReport
    package let facts: ResultFacts
    /// The Leader's job: the same for as long as it is asked for the same batch.
    package let job: CollectionJobID?

    package init(report: BatchReport, facts: ResultFacts, job: CollectionJobID? = nil) {
        self.report = report
        self.facts = facts
        self.job = job
    }
}
