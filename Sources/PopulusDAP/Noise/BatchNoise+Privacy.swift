import PopulusDifferentialPrivacy
import PopulusSchemes

// What a batch's noise promises and what it does to a number; the same for every role.
extension BatchNoise {
    /// The noise for an epsilon of one batch: a report is in one batch, and a batch is collected once.
    ///
    /// - Returns: `nil` where it would be too much noise for the sampler.
    package init?(epsilon: Double, inverseDelta: UInt64, vdaf: VdafConfiguration) {
        guard epsilon > 0, epsilon.isFinite, inverseDelta > 1 else { return nil }
        let budget = ConcentratedPrivacy.greatest(epsilon: epsilon, delta: 1 / Double(inverseDelta))
        guard budget.rho > 0, let variance = NoiseVariance(atLeast: vdaf.squaredSensitivity / (2 * budget.rho)) else {
            return nil
        }
        self.init(variance: variance, inverseDelta: inverseDelta)
    }

    /// What a batch costs with the greatest noise that there can be.
    package static func leastCost(_ vdaf: VdafConfiguration) -> ConcentratedPrivacy {
        let sigma = Double(NoiseVariance.greatestSigma)
        return ConcentratedPrivacy(rho: vdaf.squaredSensitivity / (2 * sigma * sigma))
    }

    package var delta: Double { 1 / Double(inverseDelta) }

    /// What a batch promises for each report, as long as one aggregator is honest.
    package func guarantee(for vdaf: VdafConfiguration) -> PrivacyGuarantee {
        let cost = ConcentratedPrivacy(squaredSensitivity: vdaf.squaredSensitivity, variance: variance)
        return PrivacyGuarantee(epsilon: cost.epsilon(delta: delta), delta: delta)
    }

    /// The standard deviation of a number, with the noise of both aggregators.
    package var deviation: Double { (2 * variance.value).squareRoot() }

    /// How far a number is from the true one at most, with a probability of 95 %.
    package var halfWidth: UInt64 { NoiseMass(gaussian: variance).halfWidth() }
}
