import PopulusDAP
import PopulusDifferentialPrivacy
import Testing

/// What the bounds of a task's walks promise, and what they ask of a threshold.
@Suite struct WalkPrivacyTests {
    private func bounds(
        _ noise: WalkNoise, threshold: UInt64 = 1000, margin: UInt64 = 0, steps: UInt16 = 64
    ) throws -> WalkTaskExtension {
        try WalkTaskExtension(
            minThreshold: threshold, thresholdMargin: margin, maxLateRejectionsPPM: 10_000, maxSteps: steps,
            maxCandidates: 65_536, firstStepMaxLevel: 7, firstStepMaxCandidates: 256,
            maxLife: TimeDuration(units: 86_400), noise: noise)
    }

    /// Epsilon 2 and delta 1e-8 over 64 steps: the example of the documents.
    @Test func aWholeWalk() throws {
        let gaussian = try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: 64))
        #expect(gaussian.inner == gaussian.leaf && abs(gaussian.leaf.sigma - 31.6) < 0.05)
        let margin = gaussian.margin(steps: 64)
        let walk = try bounds(.discreteGaussian(gaussian), margin: margin)
        let guarantee = try #require(walk.guarantee)
        #expect(guarantee.epsilon <= 2 && guarantee.epsilon > 1.9999 && guarantee.delta == 1e-8)
        #expect(walk.leastThreshold == 392 && margin == 162)
        #expect(walk.noise.leafHalfWidth == 88)
        #expect(walk.maxBitsPerStep == 8)
        #expect(walk.ancestorLimit(reportCount: 100_000) == 100_000 / (1000 - margin))
    }

    /// A task of more steps promises less with the same noise; half of the noise at the leaf costs four times as much there.
    @Test func costsOfSteps() throws {
        let one = try #require(NoiseVariance(numerator: 1000, denominator: 1))
        let quarter = try #require(NoiseVariance(numerator: 250, denominator: 1))
        let even = try #require(WalkGaussianNoise(inner: one, leaf: one, inverseDelta: 100_000_000))
        let uneven = try #require(WalkGaussianNoise(inner: one, leaf: quarter, inverseDelta: 100_000_000))
        #expect(abs(even.cost(steps: 64).rho - 0.064) < 1e-12)
        #expect(abs(uneven.cost(steps: 64).rho - 0.067) < 1e-12)
        let (short, long) = (
            try bounds(.discreteGaussian(even), steps: 32).guarantee, try bounds(.discreteGaussian(even)).guarantee
        )
        #expect(try #require(short).epsilon < #require(long).epsilon)
        // The greater noise decides the margin, the leaf's the bar.
        #expect(uneven.margin(steps: 64) == even.margin(steps: 64))
        #expect(uneven.bar(candidates: 65_536) < even.bar(candidates: 65_536))
    }

    @Test func otherNoise() throws {
        #expect(try bounds(.none).guarantee == nil)
        #expect(try bounds(.none).leastThreshold == 1)
        #expect(WalkNoise.none.leafHalfWidth == nil)
        // A step costs 2 / s.
        let laplace = WalkNoise.discreteLaplace(scaleNumerator: 128, scaleDenominator: 1)
        #expect(try bounds(laplace).guarantee == PrivacyGuarantee(epsilon: 1, delta: 0))
        let width = try #require(laplace.leafHalfWidth)
        let deviation = (2.0 * 2 * 128 * 128).squareRoot()
        #expect(Double(width) > 1.8 * deviation && Double(width) < 2.1 * deviation)
    }

    /// Whatever a task's maker wrote is shown to its clients, who may refuse it: it is no reason to stop.
    @Test func anyMarginHasALeastThreshold() throws {
        let gaussian = try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: 64))
        let bar = gaussian.bar(candidates: 65_536)
        for margin in [UInt64.max - 1, .max - bar + 1] {
            let walk = try bounds(.discreteGaussian(gaussian), threshold: .max, margin: margin)
            #expect(walk.leastThreshold == .max, "\(margin)")
        }
        let walk = try bounds(.discreteGaussian(gaussian), threshold: .max, margin: .max - bar - 1)
        #expect(walk.leastThreshold == UInt64.max - 1)
    }
}
