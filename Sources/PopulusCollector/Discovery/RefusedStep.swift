import PopulusDAP

/// What a refusal by the Leader means for the walk: who refused, and whether asking again can help.
package struct RefusedStep: Hashable, Sendable {
    /// The aggregator that refused, or whose answer was refused, where the Leader says so.
    ///
    /// A collection job that failed says it. What a Leader refuses at once is its own, and a foreign Leader may say nothing.
    package let party: Role?
    /// Whether the same request gets the same refusal for ever, so that the walk is over.
    package let isFinal: Bool

    package init(_ problem: ProblemDocument, status: Int) {
        party = problem.party
        // A job that has failed keeps its failure.
        let isHelpers = problem.party == .helper
        isFinal =
            switch problem.type {
            // What the Leader itself says of the task passes with a restart.
            case .unrecognizedTask: isHelpers
            case nil, .other: isHelpers || ![401, 403, 404, 408, 413, 415, 429].contains(status) && status < 500
            default: true
            }
    }
}
