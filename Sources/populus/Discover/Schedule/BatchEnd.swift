import PopulusCollector
import Results
import Schedule

/// What came of a batch in one go.
enum BatchEnd {
    /// It has a result, or had one already.
    case walked
    /// It has too few reports so far.
    case tooFew(CommandFailure)
    /// Its reports are used up, and there is no result: it is not asked again.
    case spent(CommandFailure, WalkFailure)
    /// The same may work later.
    case later(CommandFailure, leaderIsAway: Bool)
    /// A person has to do something.
    case stopped(CommandFailure, WalkFailure?)

    /// - Parameters:
    ///   - error: why the walk has no result.
    ///   - failure: the same in words.
    ///   - state: the walk's, as it is kept.
    init(_ error: CollectorError, _ failure: CommandFailure, _ state: DiscoveryState.Loaded) {
        var hasAnswers = false
        if case .state(let state) = state { hasAnswers = !state.steps.isEmpty }
        self =
            switch BatchProspect(error, hasAnswers: hasAnswers) {
            case .tooFew: .tooFew(failure)
            case .spent: .spent(failure, WalkFailure(of: error))
            case .later(let leaderIsAway):
                // What passes by itself has one of two codes, whatever a walk that a person began would end with.
                .later(
                    CommandFailure(leaderIsAway ? .unavailable : .temporary, failure.message),
                    leaderIsAway: leaderIsAway)
            case .stopped: .stopped(failure, WalkFailure(of: error))
            }
    }
}
