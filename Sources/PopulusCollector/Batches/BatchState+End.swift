extension BatchState {
    /// Whether there is nothing to go on with: the Leader refused to begin, or refuses for ever.
    ///
    /// - Parameters:
    ///   - error: what the run ended with.
    ///   - isNew: whether the collection was to begin with that run.
    package func isOver(after error: CollectorError, isNew: Bool) -> Bool {
        guard case .refused(let document, let status) = error else { return false }
        return RefusedStep(document, status: status).isFinal || isNew && job == nil && 400..<500 ~= status
    }
}
