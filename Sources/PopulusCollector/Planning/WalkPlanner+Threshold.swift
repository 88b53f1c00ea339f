extension WalkPlanner {
    /// The least number of votes with which a step that has too many survivors can be planned; nil if none leaves
    /// something to ask.
    ///
    /// Fewer survivors need no more candidates, so the search halves what is left. What goes on has the threshold less the
    /// margin, in every step.
    ///
    /// - Parameters:
    ///   - survivors: those of the last answer, with the votes that it counted.
    ///   - plan: the decision about some of them.
    func leastThreshold(
        among survivors: [Survivor], ofReports reports: UInt64, plan: ([Survivor]) -> Decision
    ) -> UInt64? {
        let votes = Set(survivors.map(\.votes)).sorted()
        func decision(_ index: Int) -> Decision {
            plan(permitted(survivors.filter { $0.votes >= votes[index] }, ofReports: reports))
        }
        var (low, high) = (1, votes.count)
        while low < high {
            let middle = (low + high) / 2
            if case .outOfBounds = decision(middle) { low = middle + 1 } else { high = middle }
        }
        guard low < votes.count else { return nil }
        switch decision(low) {
        case .ask, .askLeaf:
            let more = UInt64(max(0, votes[low - 1])) + 1
            let (threshold, overflow) = more.addingReportingOverflow(bounds.thresholdMargin)
            return overflow ? nil : threshold
        case .nothingLeft, .outOfBounds: return nil
        }
    }
}
