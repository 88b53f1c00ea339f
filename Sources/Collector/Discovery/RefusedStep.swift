import DAP

/// What a refusal by the Leader means for the walk: who refused, and whether asking again can help.
package struct RefusedStep: Hashable, Sendable {
    /// The aggregator that refused, or whose answer was refused.
    ///
    /// A Leader passes on what the Helper said.
    package let party: Role
    /// Whether the same request gets the same refusal for ever, so that the walk is over.
    package let isFinal: Bool

    package init(_ problem: ProblemDocument, status: Int) {
        let detail = problem.detail ?? ""
        // The words with which a Leader's collection job hands on a failure of its Helper.
        let isHelpers = ["The Helper refused: ", "The Helper's answer: "].contains { detail.hasPrefix($0) }
        party = isHelpers ? .helper : .leader
        isFinal =
            switch problem.type {
            // A job that has failed keeps its failure. What the Leader itself says of the task passes with a restart.
            case .unrecognizedTask: isHelpers
            case nil, .other: isHelpers || ![401, 403, 404, 408, 413, 415, 429].contains(status) && status < 500
            default: true
            }
    }
}
