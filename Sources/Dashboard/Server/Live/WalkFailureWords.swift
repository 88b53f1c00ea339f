import PopulusCollector

/// Why a walk stopped, in a sentence without a count: an error's own words may quote one that was pruned.
enum WalkFailureWords {
    static func words(_ error: CollectorError) -> String {
        switch error {
        case .unreachable: "the Leader cannot be reached"
        case .untrusted: "the Leader's certificate does not prove that it is the host of its address"
        case .refused(let problem, let status):
            "\(RefusedStep(problem, status: status).party?.name ?? "the Leader") refused a step"
                + (problem.type.map { " (\($0.uri))" } ?? " (status \(status))")
        case .malformedAnswer: "the Leader's answer cannot be read"
        case .shareDoesNotOpen: "an aggregator's share does not open with the key in the task's file"
        case .inconsistent, .sumBeyondField: "the answer cannot be right; do not trust this walk"
        case .thresholdTooLow(_, let least, _):
            "the threshold is lower than the task permits; the walk waits, and goes on with \(least) votes or more"
        case .outOfBounds(_, _, let threshold?):
            "there are too many candidates; the walk waits, and goes on with a threshold of \(threshold) votes or more"
        case .outOfBounds:
            "there are too many candidates for the task; the walk needs a higher threshold and new reports"
        case .interrupted: "the walk was interrupted; it can go on where it stopped"
        case .stateNotWritten: "the walk's state cannot be written; it needs room on the disk"
        case .notAWalkTask, .walkExtension, .batchNoise, .isAWalkTask, .unsupportedExtensions:
            "the task is none that this program can walk"
        }
    }
}
