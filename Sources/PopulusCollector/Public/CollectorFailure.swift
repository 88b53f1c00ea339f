import Foundation
import PopulusDAP

/// Why a run has no result, and what it leaves behind.
///
/// Neither a reason nor a description has a count below the threshold, a string, a key or a token.
public struct CollectorFailure: Error, Hashable, Sendable {
    /// Why a run has no result.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The Collector's file cannot be read, or is of another kind or version.
        case unusableTask(String)
        /// The task's batches are collected, and a discovery was asked for.
        case notDiscovered
        /// The task's batches are discovered, and a collection was asked for.
        case notCollected
        /// What was asked for cannot be: a batch that the task does not have, too many bits a step, candidates that are none.
        case invalidRequest(String)
        /// The interval is not over. Nothing was asked.
        case intervalOpen(until: Date)
        /// The threshold comes to fewer votes than the task permits; with the reports of which a share was asked for.
        case thresholdTooLow(votes: UInt64, least: UInt64, reports: UInt64?)
        /// Too many prefixes have enough votes for the task's bounds; with so many votes for a threshold the walk can go on.
        case tooManyCandidates(threshold: UInt64?)
        /// An earlier walk or collection is unfinished, and this is no request to go on with it.
        case unfinished(String)
        /// Another run works on the same state.
        case inUse
        /// The sequence has been read before: ask for another one.
        case alreadyRead
        /// What is kept of a run cannot be read or written.
        case state(String)
        /// The Leader could not be reached for longer than was to be waited.
        case unreachable(url: String, reason: String)
        /// The Leader's certificate does not prove that it is the host of the URL.
        case untrusted(url: String)
        /// The Leader refused.
        case refused(LeaderRefusal)
        /// The Leader's answer is none of the protocol's.
        case malformedAnswer(String)
        /// An aggregator's share does not open: it was sealed for another task, or one of them changed the batch.
        case shareDoesNotOpen(Aggregator)
        /// The answer contradicts an earlier one, or itself: do not trust it.
        case contradiction
        /// The sum of so many reports may be beyond what the task's numbers can hold.
        case sumBeyondField(reports: UInt64, most: UInt64)
        /// The reader's task was cancelled.
        case cancelled
    }

    /// One of the two.
    public enum Aggregator: String, Hashable, Sendable {
        case leader, helper
    }

    /// What a run leaves behind.
    @nonexhaustive
    public enum Remains: Hashable, Sendable {
        /// Nothing was begun: the batch is as it was.
        case nothing
        /// It can be gone on with: a discovery by resuming it, a collection by asking for the same again.
        case unfinished
        /// It cannot be gone on with, and is in the way of the next one until it is abandoned.
        case over
    }

    /// Why there is no result.
    public let reason: Reason
    /// What is left of the run, or of the one that is in its way.
    public let remains: Remains

    init(_ reason: Reason, remains: Remains = .nothing) {
        self.reason = reason
        self.remains = remains
    }
}

/// A refusal by the Leader, which hands on its Helper's as well.
public struct LeaderRefusal: Hashable, Sendable {
    /// The HTTP status.
    public let status: Int
    /// The type of the problem, a URI.
    ///
    /// Spec: DAP §3.6; RFC 9457
    public let type: String?
    /// The server's own words; what is no plain text in them is escaped.
    public let detail: String?
    /// Whose refusal it is, where the Leader says so.
    public let party: CollectorFailure.Aggregator?

    init(_ problem: ProblemDocument, status: Int) {
        self.status = status
        type = problem.type?.uri
        detail = problem.detail ?? problem.title
        party = CollectorFailure.Aggregator(problem.party)
    }
}

extension CollectorFailure.Aggregator {
    init?(_ role: Role?) {
        switch role {
        case .leader: self = .leader
        case .helper: self = .helper
        case .client, .collector, nil: return nil
        }
    }
}
