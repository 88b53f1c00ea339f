import PopulusCollector

/// A step of a kept walk: numbers of candidates and of what went on, and no candidate.
package struct KeptStep: Hashable, Sendable {
    /// Counted from 0.
    package let level: Int
    /// How many levels it moved on.
    package let bits: Int
    package let candidates: Int
    /// The candidates with enough votes; nothing where the walk failed before the threshold was a number.
    package let survivors: Int?
    /// The reports that were counted.
    package let reports: UInt64
    /// The reports that were accepted at the first step and rejected since.
    package let lateRejections: UInt64
    package let seconds: Double

    /// - Parameters:
    ///   - before: the level of the step before; -1 for the first.
    ///   - isPruned: whether the threshold was applied.
    init(_ summary: StepSummary, after before: Int, isPruned: Bool) {
        self.init(
            level: summary.level, bits: summary.level - before, candidates: summary.candidates,
            survivors: isPruned ? summary.survivors : nil, reports: summary.reports,
            lateRejections: summary.lateRejections,
            seconds: summary.seconds)
    }

    init(
        level: Int, bits: Int, candidates: Int, survivors: Int?, reports: UInt64, lateRejections: UInt64,
        seconds: Double
    ) {
        self.level = level
        self.bits = bits
        self.candidates = candidates
        self.survivors = survivors
        self.reports = reports
        self.lateRejections = lateRejections
        self.seconds = seconds
    }

    /// The steps of a walk, in order.
    ///
    /// - Parameter arePruned: whether the threshold was a number of votes when they were.
    static func steps(_ summaries: [StepSummary], arePruned: Bool = true) -> [KeptStep] {
        var before = -1
        return summaries.map { summary in
            defer { before = summary.level }
            return KeptStep(summary, after: before, isPruned: arePruned)
        }
    }
}
