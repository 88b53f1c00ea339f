import PopulusDAP
import PopulusDurableFiles

/// Why a discovery or a collection cannot go on.
package enum CollectorError: Error, Hashable, Sendable {
    /// The task lacks the walk extension.
    case notAWalkTask
    /// The task has a walk extension that this program cannot go by.
    case walkExtension(WalkExtensionError)
    /// The task has a noise extension that this program cannot go by.
    case batchNoise(BatchNoiseError)
    /// The task has the walk extension: it is discovered, not collected.
    case isAWalkTask
    /// The task has extensions that this program does not know, and must not be taken part in.
    ///
    /// Spec: DAP §4.2.2
    case unsupportedExtensions([UInt16])
    /// The Leader could not be reached, or answered with a failure of its own, for longer than was to be waited.
    case unreachable(url: String, reason: String)
    /// The Leader's certificate does not prove that it is the host of the URL.
    case untrusted(url: String)
    /// The Leader refused a request.
    case refused(ProblemDocument, status: Int)
    /// The Leader's answer is none that the protocol knows.
    case malformedAnswer(String)
    /// An aggregator's share does not open with the Collector's key and what the Leader says of the batch.
    case shareDoesNotOpen(Role)
    /// The sum of so many reports may be beyond the scheme's field: only its remainder is known, another number.
    case sumBeyondField(reports: UInt64, most: UInt64)
    /// The answer contradicts an earlier one, or itself.
    case inconsistent(String)
    /// The threshold comes to fewer votes than the task permits; with the reports that a share of them was asked for, once
    /// their number is known.
    case thresholdTooLow(votes: UInt64, minimum: UInt64, reports: UInt64?)
    /// No question about the surviving strings is permitted; with the threshold, a number of votes, there is one.
    case outOfBounds(candidates: Int?, maximum: Int, threshold: UInt64?)
    /// The person interrupted it.
    case interrupted
    /// The state file cannot be written.
    case stateNotWritten(DurableFileError)
}
