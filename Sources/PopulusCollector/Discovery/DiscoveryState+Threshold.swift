/// Why a walk that is under way does not take another threshold.
package enum ThresholdRefusal: Error, Hashable, Sendable {
    /// What has fewer votes than these was left behind already, and a batch is walked once.
    case lower(votes: UInt64)
    /// The walk is over: there is a result already.
    case ended
    /// It is none.
    case malformed
}

extension DiscoveryState {
    /// Takes another threshold for the rest of the walk: any before the first answer was pruned, and a higher one later.
    ///
    /// A higher one is sound at any moment. Every earlier step kept what the lower threshold asks for, hence every beginning
    /// of a string that reaches the higher one; the counts of the last step are the same for either. The questions are fewer
    /// than they would have been, so no bound of the task is passed.
    package mutating func take(threshold text: String, in task: DiscoveryTask) throws(ThresholdRefusal) {
        guard let threshold = Threshold(text) else { throw .malformed }
        guard result == nil else { throw .ended }
        if let votes, let first = steps.first {
            let wanted = threshold.votes(among: first.reports)
            guard wanted >= votes else { throw .lower(votes: votes) }
            self.votes = wanted
            // A question that was asked is about what was left before: its answer is pruned instead.
            let least = task.leastCount(threshold: wanted)
            if asked == nil { survivors.removeAll { $0.votes < least } }
        }
        options.threshold = text
    }
}
