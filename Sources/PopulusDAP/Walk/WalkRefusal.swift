import PopulusVDAF

/// Why an aggregator does not serve a step, with the safety rule that says so.
///
/// Spec: <doc:WalkExtension>
package enum WalkRefusal: Error, Hashable, Sendable {
    // Rule 2: history first.
    case malformedParameter(VDAFError)
    case noCandidates
    case candidatesUnsorted(index: Int)
    case levelNotIncreased(previous: Int)
    case notDescendant(index: Int)
    /// The step was asked before, with another parameter.
    case stepAskedDifferently(step: Int)

    // Rule 2: one step at a time.
    case stepOutOfOrder(expected: Int)
    case previousStepUnfinished
    case headerMismatch(WalkHeaderField)

    // Rule 3 and rule 5.
    case lateRejectionsExceeded(limit: UInt64)
    case batchTooSmall(minimum: UInt64)

    // Rule 4.
    case tooManyAncestors(limit: UInt64)
    /// The step passes more levels than the limit, with several candidates below one of the last step's.
    case tooManyBits(limit: Int)
    case firstStepTooDeep(limit: Int)
    case tooManyFirstCandidates(limit: Int)

    // Rule 8.
    case tooManyCandidates(limit: Int)
    case tooManySteps(limit: Int)
    case lifeExceeded(limitSeconds: UInt64)
    case ended(WalkEnd)

    /// The safety rule's number in the specification.
    package var rule: Int {
        switch self {
        case .malformedParameter, .noCandidates, .candidatesUnsorted, .levelNotIncreased, .notDescendant,
            .stepAskedDifferently, .stepOutOfOrder, .previousStepUnfinished, .headerMismatch:
            2
        case .lateRejectionsExceeded: 3
        case .tooManyAncestors, .tooManyBits, .firstStepTooDeep, .tooManyFirstCandidates: 4
        case .batchTooSmall: 5
        case .tooManyCandidates, .tooManySteps, .lifeExceeded, .ended: 8
        }
    }

    /// The type of the problem document that reports it.
    package var problemType: ProblemType {
        switch self {
        case .malformedParameter, .noCandidates, .candidatesUnsorted, .levelNotIncreased, .notDescendant,
            .stepAskedDifferently:
            .invalidAggregationParameter
        case .stepOutOfOrder, .previousStepUnfinished, .headerMismatch: .stepMismatch
        case .lateRejectionsExceeded: .lateRejectionsExceeded
        case .batchTooSmall: .invalidBatchSize
        case .tooManyAncestors: .thresholdBelowMinimum
        case .tooManyBits: .bitsPerStepExceeded
        case .firstStepTooDeep, .tooManyFirstCandidates: .firstStepBoundExceeded
        case .tooManyCandidates, .tooManySteps, .lifeExceeded: .walkBoundExceeded
        case .ended: .walkEnded
        }
    }

    /// What becomes of the walk: nothing where only this request is refused.
    package var end: WalkEnd? {
        switch self {
        case .lateRejectionsExceeded: .lateRejections
        case .batchTooSmall: .batchTooSmall
        case .ended(let end): end
        default: nil
        }
    }
}

/// A field of the header of a later step's messages.
package enum WalkHeaderField: String, Hashable, Sendable {
    case walkID = "walk_id"
    case step
    case phase
    case liveCount = "live_count"
    case transcript
}

extension WalkRefusal: CustomStringConvertible {
    /// One sentence for a problem document's `detail`; it quotes no candidate.
    package var description: String {
        switch self {
        case .malformedParameter(let error): "The aggregation parameter does not decode: \(error)."
        case .noCandidates: "There are no candidates."
        case .candidatesUnsorted(let index): "Candidate \(index) is not above the one before it."
        case .levelNotIncreased(let previous): "The level is not above \(previous), the walk's last."
        case .notDescendant(let index): "Candidate \(index) descends from no candidate of the previous step."
        case .stepAskedDifferently(let step): "Step \(step) was asked with another aggregation parameter."
        case .stepOutOfOrder(let expected): "The walk's next step is \(expected)."
        case .previousStepUnfinished: "The previous step is not finished."
        case .headerMismatch(let field): "The header's \(field.rawValue) is not the expected one."
        case .lateRejectionsExceeded(let limit): "More than \(limit) reports were rejected after step 0."
        case .batchTooSmall(let minimum): "Fewer than \(minimum) reports are left."
        case .tooManyAncestors(let limit): "The candidates descend from more than \(limit) candidates of the last step."
        case .tooManyBits(let limit):
            "A step of more than \(limit) bits may have one candidate for each candidate of the last step."
        case .firstStepTooDeep(let limit): "Step 0 may not go below level \(limit)."
        case .tooManyFirstCandidates(let limit): "Step 0 may not have more than \(limit) candidates."
        case .tooManyCandidates(let limit): "A step may not have more than \(limit) candidates."
        case .tooManySteps(let limit): "A walk may not have more than \(limit) steps, and the last is for the leaf."
        case .lifeExceeded(let limit): "The walk is older than \(limit) seconds."
        case .ended(let end): "The walk has ended: \(end.rawValue)."
        }
    }
}
