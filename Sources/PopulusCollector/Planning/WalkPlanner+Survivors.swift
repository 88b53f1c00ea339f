import PopulusVDAF

// Which of a step's candidates go on; at the leaf, which are listed.

extension WalkBounds {
    /// The least count with which a prefix goes on and a string is listed.
    ///
    /// Noise may have taken the margin from what has as many votes as the threshold.
    package func leastCount(threshold: UInt64) -> Int64 {
        Int64(clamping: threshold - min(threshold, thresholdMargin))
    }
}

extension WalkPlanner {
    /// The candidates with at least so high a count, in their order.
    ///
    /// - Parameters:
    ///   - votes: one count for each candidate, in candidate order; noise can take it below zero.
    ///   - least: `WalkBounds.leastCount` of the threshold.
    package func survivors(of question: WalkQuestion, votes: [Int64], atLeast least: Int64) -> [Survivor] {
        zip(question.candidates, votes).compactMap { prefix, votes in
            votes >= least ? Survivor(prefix: prefix, votes: votes) : nil
        }
    }
}
