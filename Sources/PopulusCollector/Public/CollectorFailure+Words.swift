import Foundation
import PopulusDAP

extension CollectorFailure: CustomStringConvertible, LocalizedError {
    /// What went wrong, and what would be right, in a sentence or two; for people, and not to be parsed.
    public var description: String {
        switch remains {
        case .nothing: reason.words
        case .unfinished: reason.words + "; it can be gone on with"
        case .over: reason.words + "; it cannot be gone on with: abandon it, its reports are used up"
        }
    }

    /// The same as ``description``.
    public var errorDescription: String? { description }
}

extension CollectorFailure.Reason {
    /// One sentence for people.
    fileprivate var words: String {
        switch self {
        case .unusableTask(let why): "the task cannot be used: \(why)"
        case .notDiscovered: "the task's batches are collected: ask for a collection"
        case .notCollected: "the task's batches are discovered: ask for a discovery"
        case .invalidRequest(let why): why
        case .intervalOpen(let end):
            "the interval is not over, nothing was asked: it ends at \(Time.text(secondsSinceEpoch: end.seconds))"
        case .thresholdTooLow(let votes, let least, nil):
            "a threshold of \(votes) votes is below the task's least: ask for \(least) or more"
        case .thresholdTooLow(let votes, let least, let reports?):
            "that share of \(reports) reports is \(votes) votes, below the task's least: ask for \(least) or more"
        case .tooManyCandidates(nil):
            "the surviving prefixes need more candidates or steps than the task permits: take a higher threshold, with new "
                + "reports"
        case .tooManyCandidates(let threshold?):
            "the surviving prefixes need more candidates or steps than the task permits: a threshold of \(threshold) or "
                + "more does"
        case .unfinished(let what): what
        case .inUse: "another run works on the same state: wait until it has ended"
        case .alreadyRead: "the sequence has been read before: ask for another one"
        case .state(let why): "the state of the run cannot be used: \(why)"
        case .unreachable(let url, let why): "\(url) cannot be reached (\(why))"
        case .untrusted(let url): "the certificate of \(url) is not trusted"
        case .refused(let refusal): refusal.words
        case .malformedAnswer(let why): "\(why): is it a Leader of this version?"
        case .shareDoesNotOpen(let aggregator):
            "the share of the \(aggregator.name) does not open: it has another task's files, or one of the aggregators "
                + "changed the batch"
        case .contradiction: "the aggregators' answer cannot be right: do not trust it"
        case .sumBeyondField(let reports, let most):
            "the sum of \(reports) reports may be too great for the task, which adds at most \(most)"
        case .cancelled: "cancelled"
        }
    }
}

extension LeaderRefusal {
    fileprivate var words: String {
        let whose = party.map { "the \($0.name) refused" } ?? "the Leader refused"
        return "\(whose) (\(status))" + (detail.map { ": \($0)" } ?? "")
    }
}

extension CollectorFailure.Aggregator {
    fileprivate var name: String {
        switch self {
        case .leader: "Leader"
        case .helper: "Helper"
        }
    }
}

extension Date {
    fileprivate var seconds: UInt64 { UInt64(max(0, timeIntervalSince1970)) }
}

extension CollectorFailure {
    /// What a run's error says to who uses the library.
    ///
    /// The words of a contradiction can quote counts that were pruned: they stay here.
    init(_ error: CollectorError, remains: Remains = .nothing) {
        let reason: Reason =
            switch error {
            case .notAWalkTask: .notDiscovered
            case .isAWalkTask: .notCollected
            case .walkExtension(let error): .unusableTask("\(error)")
            case .batchNoise(let error): .unusableTask("\(error)")
            case .unsupportedExtensions(let types):
                .unusableTask(
                    "it has extensions that are not known here: \(types.map { "\($0)" }.joined(separator: ", "))")
            case .unreachable(let url, let why): .unreachable(url: url, reason: why)
            case .untrusted(let url): .untrusted(url: url)
            case .refused(let problem, let status): .refused(LeaderRefusal(problem, status: status))
            case .malformedAnswer(let what): .malformedAnswer(what)
            case .shareDoesNotOpen(let role): .shareDoesNotOpen(role == .helper ? .helper : .leader)
            case .sumBeyondField(let reports, let most): .sumBeyondField(reports: reports, most: most)
            case .inconsistent: .contradiction
            case .thresholdTooLow(let votes, let least, let reports):
                .thresholdTooLow(votes: votes, least: least, reports: reports)
            case .outOfBounds(_, _, let threshold): .tooManyCandidates(threshold: threshold)
            case .interrupted: .cancelled
            case .stateNotWritten(let error): .state("\(error)")
            }
        self.init(reason, remains: remains)
    }
}
