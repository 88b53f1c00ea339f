import PopulusCollector
import PopulusStringCodec

/// Walks without noise over batches drawn by Zipf's law: how often a popular string is cut off for want of steps.
package struct BudgetTrial: Sendable {
    package let table: PathTable
    package let encoding: any StringEncoding
    package let law: ZipfLaw
    package let seed: UInt64

    package init(table: PathTable, encoding: any StringEncoding, law: ZipfLaw, seed: UInt64) {
        self.table = table
        self.encoding = encoding
        self.law = law
        self.seed = seed
    }

    /// What one walk came to.
    package struct Outcome: Hashable, Sendable {
        /// The strings with enough votes.
        package let popular: Int
        /// Those of them that were not listed.
        package let cutOff: Int
        package let steps: Int
        package let candidates: Int
        /// The most prefixes that a step left.
        package let mostSurvivors: Int
    }

    /// Walks through a batch of so many reports.
    ///
    /// - Parameters:
    ///   - walk: the number of the batch, from which it is drawn.
    ///   - seconds: what a step takes, by its work for each report.
    package func outcome(
        walk: Int, reports: Int, threshold: UInt64, maxSteps: Int, maxCandidates: Int,
        seconds: (_ work: Double) -> Double
    ) -> Outcome {
        var random = SeededGenerator(seed: seed &+ UInt64(walk) &* 0x9e6c_63d0_876a_68ee)
        let batch = SimulatedBatch(table, counts: law.counts(of: reports, using: &random))
        let planner = WalkPlanner(
            bits: table.bits, encoding: encoding,
            bounds: WalkBounds(
                minThreshold: threshold, maxSteps: maxSteps, maxCandidates: maxCandidates, maxBitsPerStep: 8,
                firstStepMaxLevel: 7, firstStepMaxCandidates: 256),
            bitsPerStep: .auto)
        let walk = SimulatedWalk(planner, through: batch, threshold: threshold, seconds: seconds)
        let popular = batch.votes.count { $0 >= threshold }
        return Outcome(
            popular: popular, cutOff: popular - walk.leaf.count(where: \.isListed), steps: walk.steps.count,
            candidates: walk.steps.reduce(0) { $0 + $1.candidates },
            mostSurvivors: walk.steps.map(\.survivors).max() ?? 0)
    }
}
