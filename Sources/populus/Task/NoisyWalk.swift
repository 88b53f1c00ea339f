import ArgumentParser
import PopulusDAP
import PopulusDifferentialPrivacy

/// The noise of a walk that keeps a promise, and the thresholds that it asks for.
struct NoisyWalk {
    let noise: WalkGaussianNoise
    /// How many votes fewer noise can leave a prefix that has the threshold.
    let margin: UInt64
    /// The least sensible threshold.
    let leastThreshold: UInt64

    /// - Parameters:
    ///   - steps: the most of a walk, at least 2.
    ///   - candidates: the most of a step.
    ///   - leafShare: the last step's part of what the whole walk may cost; nil for the same noise in every step.
    /// - Throws: `ValidationError` where it would be too much noise.
    init(_ promise: PrivacyPromise, steps: Int, candidates: Int, leafShare: Share? = nil) throws {
        let share = leafShare.map { Double($0.partsPerMillion) / 1_000_000 }
        let noise = WalkGaussianNoise(
            epsilon: promise.epsilon, inverseDelta: promise.inverseDelta, steps: steps, leafShare: share)
        guard let noise else {
            throw promise.tooMuchNoise(
                least: WalkGaussianNoise.leastCost(steps: steps, leafShare: share), instead: "fewer --max-steps")
        }
        self.noise = noise
        margin = noise.margin(steps: steps)
        leastThreshold = noise.leastThreshold(steps: steps, candidates: candidates)
    }
}
