import PopulusDifferentialPrivacy

// What the bounds of a task's walks promise, and what they ask of a threshold; the same numbers for every role.
extension WalkTaskExtension {
    /// What a whole walk promises for each report, as long as one aggregator is honest; nothing without noise.
    ///
    /// Replacing a report's string changes two counts of a step by one each. A walk has `max_steps` steps, the last of
    /// them at the leaf, and both aggregators permit no more.
    package var guarantee: PrivacyGuarantee? {
        switch noise {
        case .none: nil
        case .discreteLaplace(let numerator, let denominator):
            PrivacyGuarantee(epsilon: 2 * Double(maxSteps) * Double(denominator) / Double(numerator), delta: 0)
        case .discreteGaussian(let gaussian):
            PrivacyGuarantee(
                epsilon: gaussian.cost(steps: Int(maxSteps)).epsilon(delta: gaussian.delta), delta: gaussian.delta)
        }
    }

    /// The least threshold with which few strings that nobody holds are listed: 1 without a margin.
    package var leastThreshold: UInt64 {
        guard case .discreteGaussian(let gaussian) = noise else { return 1 }
        // A task's maker may have written any margin.
        let (least, overflow) = thresholdMargin.addingReportingOverflow(gaussian.bar(candidates: Int(maxCandidates)))
        return overflow ? .max : least
    }
}

extension WalkNoise {
    /// More than the noise of both aggregators ever takes from a count, or gives it: 64 sigma, or 1,024 scales.
    ///
    /// It is more with a probability below exp(-1000).
    package func reach(isLeaf: Bool) -> UInt64 {
        switch self {
        case .none: 0
        case .discreteLaplace(let numerator, let denominator):
            UInt64((1024 * Double(numerator) / Double(denominator)).rounded(.up))
        case .discreteGaussian(let gaussian): (isLeaf ? gaussian.leaf : gaussian.inner).reach
        }
    }

    /// How far a count of the leaf is from the true one at most, with a probability of 95 %; nothing without noise.
    package var leafHalfWidth: UInt64? {
        switch self {
        case .none: nil
        case .discreteLaplace(let numerator, let denominator):
            DiscreteLaplace(numerator: UInt64(numerator), denominator: UInt64(denominator))
                .map { NoiseMass(laplace: $0).halfWidth() }
        case .discreteGaussian(let gaussian): NoiseMass(gaussian: gaussian.leaf).halfWidth()
        }
    }
}

extension WalkGaussianNoise {
    package var delta: Double { 1 / Double(inverseDelta) }

    /// The squared sensitivity of a step: two counts change by one each.
    private static let squaredSensitivity = 2.0

    /// What a walk of so many steps costs, the leaf's among them.
    package func cost(steps: Int) -> ConcentratedPrivacy {
        let inner = ConcentratedPrivacy(squaredSensitivity: Self.squaredSensitivity, variance: inner)
        return (steps - 1) * inner
            + ConcentratedPrivacy(squaredSensitivity: Self.squaredSensitivity, variance: leaf)
    }

    /// The standard deviation of a count at the leaf, with the noise of both aggregators.
    package var leafDeviation: Double { (2 * leaf.value).squareRoot() }

    /// The standard deviation of a count at an inner step, with the noise of both aggregators.
    package var innerDeviation: Double { (2 * inner.value).squareRoot() }

    /// How many votes fewer noise can leave a prefix that has the threshold, in any of a walk's steps.
    package func margin(steps: Int) -> UInt64 {
        NoisyThreshold.margin(steps: steps, deviation: max(leafDeviation, innerDeviation))
    }

    /// The least threshold with which few strings that nobody holds are listed, in a task with this margin.
    package func leastThreshold(steps: Int, candidates: Int) -> UInt64 {
        margin(steps: steps) + bar(candidates: candidates)
    }

    /// The votes that noise alone gives none of the leaf's candidates.
    package func bar(candidates: Int) -> UInt64 {
        NoisyThreshold.bar(candidates: candidates, deviation: leafDeviation)
    }
}
