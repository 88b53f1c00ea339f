import PopulusDifferentialPrivacy

// The noise that keeps a promise for a whole walk.
extension WalkGaussianNoise {
    /// The least noise with which a whole walk keeps to an epsilon.
    ///
    /// - Parameters:
    ///   - steps: the most steps of a walk, the leaf's among them.
    ///   - leafShare: the leaf's part of what the walk may cost, above 0 and below 1; nil for the same noise in every step.
    /// - Returns: `nil` where it would be too much noise for the sampler.
    package init?(epsilon: Double, inverseDelta: UInt64, steps: Int, leafShare: Double? = nil) {
        guard epsilon > 0, epsilon.isFinite, steps > 0, inverseDelta > 1 else { return nil }
        let rho = ConcentratedPrivacy.greatest(epsilon: epsilon, delta: 1 / Double(inverseDelta)).rho
        let (inner, leaf) = Self.releases(steps: steps, leafShare: leafShare)
        guard rho > 0, let inner = NoiseVariance(atLeast: inner / rho), let leaf = NoiseVariance(atLeast: leaf / rho)
        else {
            return nil
        }
        self.init(inner: inner, leaf: leaf, inverseDelta: inverseDelta)
    }

    /// What a walk costs with the greatest noise that there can be.
    package static func leastCost(steps: Int, leafShare: Double? = nil) -> ConcentratedPrivacy {
        let sigma = Double(NoiseVariance.greatestSigma)
        let (inner, leaf) = releases(steps: steps, leafShare: leafShare)
        return ConcentratedPrivacy(rho: max(inner, leaf) / (sigma * sigma))
    }

    /// Sigma² of an inner step and of the leaf, for a walk that may cost 1: a step costs 1 / sigma².
    private static func releases(steps: Int, leafShare: Double?) -> (inner: Double, leaf: Double) {
        // Not by the share of one step, which is no number of the machine's.
        guard let leafShare else { return (Double(steps), Double(steps)) }
        return (Double(steps - 1) / (1 - leafShare), 1 / leafShare)
    }
}
