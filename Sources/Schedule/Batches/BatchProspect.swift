import PopulusCollector
import PopulusDAP

/// What a schedule does about a batch whose walk has no result.
package enum BatchProspect: Hashable, Sendable {
    /// It has too few reports so far: it is asked again with the next batch.
    case tooFew
    /// Its reports are used up: it is not asked again, and the next batch is.
    case spent
    /// The same may work in a while.
    case later(leaderIsAway: Bool)
    /// A person has to do something, or the next batch would fare no better: a token, a version, a threshold.
    ///
    /// A schedule that went on would use up one batch after the other.
    case stopped

    /// - Parameters:
    ///   - error: why the walk has no result.
    ///   - hasAnswers: whether a step of it was answered.
    package init(_ error: CollectorError, hasAnswers: Bool) {
        switch error {
        case .unreachable, .untrusted: self = .later(leaderIsAway: true)
        // It was waited for long enough.
        case .interrupted: self = .later(leaderIsAway: false)
        case .refused(let problem, let status): self = Self.refused(problem, status, hasAnswers: hasAnswers)
        default: self = .stopped
        }
    }

    private static func refused(_ problem: ProblemDocument, _ status: Int, hasAnswers: Bool) -> BatchProspect {
        if status == 401 || status == 403 { return .stopped }
        switch problem.type {
        case .invalidBatchSize, .fewerReportsThanAsked: return hasAnswers ? .spent : .tooFew
        // A clock that is behind makes the interval one that is not over.
        case .clocksDiffer, .batchInvalid: return hasAnswers ? .stopped : .later(leaderIsAway: false)
        case .batchOverlap, .lateRejectionsExceeded, .walkBoundExceeded, .walkEnded: return .spent
        case nil, .other:
            // A job that has failed because of the Helper keeps its failure.
            let mayPass = problem.party != .helper && (status >= 500 || status == 408 || status == 429)
            return mayPass ? .later(leaderIsAway: true) : .stopped
        default: return .stopped
        }
    }
}
