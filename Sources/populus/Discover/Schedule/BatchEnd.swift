import Collector
import DAP
import Results

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
        switch error {
        case .unreachable, .untrusted: self = .later(failure, leaderIsAway: true)
        // By --max-wait; a signal ends the command otherwise.
        case .interrupted: self = .later(failure, leaderIsAway: false)
        case .refused(let problem, let status):
            self = Self.refused(problem, status, failure, hasAnswers: hasAnswers, WalkFailure(of: error))
        default: self = .stopped(failure, WalkFailure(of: error))
        }
    }

    private static func refused(
        _ problem: ProblemDocument, _ status: Int, _ failure: CommandFailure, hasAnswers: Bool, _ why: WalkFailure
    ) -> BatchEnd {
        switch problem.type {
        case .invalidBatchSize where !hasAnswers, .fewerReportsThanAsked where !hasAnswers: return .tooFew(failure)
        // A clock that is behind makes the interval one that is not over.
        case .clocksDiffer where !hasAnswers, .batchInvalid where !hasAnswers:
            return .later(failure, leaderIsAway: false)
        case nil, .other:
            if status >= 500 || [408, 429].contains(status) { return .later(failure, leaderIsAway: true) }
            // A token, an address, a proxy.
            return .stopped(failure, why)
        case .unrecognizedTask: return .stopped(failure, why)
        default:
            return RefusedStep(problem, status: status).isFinal ? .spent(failure, why) : .stopped(failure, why)
        }
    }
}
