/// A collected batch: its result, and what it is a result of.
package struct BatchRecord: Sendable {
    package let report: BatchReport
    package let facts: ResultFacts

    package init(report: BatchReport, facts: ResultFacts) {
        self.report = report
        self.facts = facts
    }
}
