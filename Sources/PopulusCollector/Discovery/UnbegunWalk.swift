extension DiscoveryState.Loaded {
    /// Whether the walk did not begin: its first step was refused, or nobody was there to ask.
    ///
    /// - Parameters:
    ///   - error: what the run ended with.
    ///   - isNew: whether the walk was to begin with that run.
    package func isOfNoWalk(after error: CollectorError, isNew: Bool) -> Bool {
        guard case .state(let state) = self, state.steps.isEmpty else { return false }
        switch error {
        case .refused(let problem, let status):
            return [.invalidBatchSize, .fewerReportsThanAsked, .clocksDiffer].contains(problem.type)
                || (isNew && state.lastJob == nil && 400..<500 ~= status)
        default: return false
        }
    }
}
