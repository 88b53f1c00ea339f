import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusStringCodec

/// A task whose walks promise an epsilon, and the least threshold that makes sense with its noise.
package struct NoisyTask: Sendable {
    package let planner: WalkPlanner
    /// Of one aggregator, in every step.
    package let variance: NoiseVariance
    package let threshold: UInt64

    /// - Returns: `nil` where it would be too much noise.
    package init?(
        epsilon: Double, inverseDelta: UInt64, bits: Int, encoding: any StringEncoding, maxSteps: Int,
        maxCandidates: Int = 65_536
    ) {
        guard let noise = WalkGaussianNoise(epsilon: epsilon, inverseDelta: inverseDelta, steps: maxSteps) else {
            return nil
        }
        let margin = noise.margin(steps: maxSteps)
        variance = noise.leaf
        threshold = noise.leastThreshold(steps: maxSteps, candidates: maxCandidates)
        planner = WalkPlanner(
            bits: bits, encoding: encoding,
            bounds: WalkBounds(
                minThreshold: threshold, thresholdMargin: margin, maxSteps: maxSteps, maxCandidates: maxCandidates,
                maxBitsPerStep: Int(WalkTaskExtension.defaultMaxBitsPerStep(.discreteGaussian(noise))),
                firstStepMaxLevel: WalkRules.firstStepMaxLevel(.max, bits: bits), firstStepMaxCandidates: 256),
            bitsPerStep: .auto)
    }

    /// The standard deviation of a count, with the noise of both aggregators.
    package var deviation: Double { (2 * variance.value).squareRoot() }

    /// A walk with two samples for each count, one of each aggregator.
    package func walk(
        through batch: SimulatedBatch, seconds: (_ work: Double) -> Double, using random: inout SeededGenerator
    ) -> SimulatedWalk {
        let gaussian = DiscreteGaussian(variance: variance)
        return SimulatedWalk(planner, through: batch, threshold: threshold, seconds: seconds) {
            gaussian.sample(using: &random) + gaussian.sample(using: &random)
        }
    }
}
