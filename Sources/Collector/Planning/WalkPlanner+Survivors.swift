import VDAF

// Which of a step's candidates go on; at the leaf, which are listed.
extension WalkPlanner {
    /// The least count with which a prefix goes on, and a string is listed: what noise can leave of the threshold.
    package func leastCount(threshold: UInt64) -> Int64 {
        Int64(clamping: threshold) - Int64(clamping: bounds.thresholdMargin)
    }

    /// The candidates with enough votes, in their order.
    ///
    /// - Parameter votes: one count for each candidate, in candidate order; noise can take it below zero.
    package func survivors(of question: WalkQuestion, votes: [Int64], threshold: UInt64) -> [Survivor] {
        let least = leastCount(threshold: threshold)
        return zip(question.candidates, votes).compactMap { prefix, votes in
            votes >= least ? Survivor(prefix: prefix, votes: .init(clamping: votes)) : nil
        }
    }
}
