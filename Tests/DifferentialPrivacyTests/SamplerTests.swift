import PopulusDifferentialPrivacy
import Testing

/// The samplers against the probabilities that define them.
///
/// Each check fails for a right sampler once in a billion times.
@Suite struct SamplerTests {
    private static let count = 60_000

    /// Sigma² as a fraction: sigma is 0.5, 1, 3.7, 31.6, 1,000.
    static let variances: [(UInt64, UInt64)] = [(1, 4), (1, 1), (1369, 100), (99_856, 100), (1_000_000, 1)]
    static let scales: [(UInt64, UInt64)] = [(1, 4), (1, 1), (5, 2), (20, 1), (997, 3)]

    @Test(arguments: variances) func gaussian(_ fraction: (UInt64, UInt64)) throws {
        let variance = try #require(NoiseVariance(numerator: fraction.0, denominator: fraction.1))
        let distribution = DiscreteGaussian(variance: variance)
        var generator = SplitMix()
        let samples = (0..<Self.count).map { _ in Int(distribution.sample(using: &generator)) }
        check(samples, PublishedMass(gaussian: variance), seed: generator.seed)
    }

    @Test(arguments: scales) func laplace(_ scale: (UInt64, UInt64)) throws {
        let distribution = try #require(DiscreteLaplace(numerator: scale.0, denominator: scale.1))
        var generator = SplitMix()
        let samples = (0..<Self.count).map { _ in Int(distribution.sample(using: &generator)) }
        check(samples, PublishedMass(laplace: distribution), seed: generator.seed)
    }

    private func check(_ samples: [Int], _ mass: PublishedMass, seed: UInt64) {
        let test = ChiSquare(samples, mass)
        #expect(test.isPassed, "chi² \(test.statistic) of at most \(test.limit), seed \(seed)")
        let count = Double(samples.count)
        let mean = samples.reduce(0.0) { $0 + Double($1) } / count
        #expect(abs(mean) < 6.2 * (mass.variance / count).squareRoot(), "mean \(mean), seed \(seed)")
        let variance = samples.reduce(0.0) { $0 + Double($1 * $1) } / count
        let error = ((mass.fourthMoment - mass.variance * mass.variance) / count).squareRoot()
        #expect(abs(variance - mass.variance) < 6.2 * error, "variance \(variance) for \(mass.variance), seed \(seed)")
    }

    /// Pearson's test tells a distribution from one that is a tenth wider, or a little beside it.
    @Test func aWrongSamplerIsNoticed() throws {
        let (right, wide) = try (
            #require(NoiseVariance(numerator: 1000, denominator: 1)),
            #require(NoiseVariance(numerator: 1210, denominator: 1))
        )
        var generator = SplitMix(seed: 5)
        let distribution = DiscreteGaussian(variance: right)
        let samples = (0..<Self.count).map { _ in Int(distribution.sample(using: &generator)) }
        #expect(ChiSquare(samples, PublishedMass(gaussian: right)).isPassed)
        #expect(!ChiSquare(samples, PublishedMass(gaussian: wide)).isPassed)
        #expect(!ChiSquare(samples.map { $0 + 2 }, PublishedMass(gaussian: right)).isPassed)
        #expect(!ChiSquare(samples.map { $0 == 0 ? 1 : $0 }, PublishedMass(gaussian: right)).isPassed)
    }

    @Test func noDistributionWithoutScale() {
        #expect(DiscreteLaplace(numerator: 0, denominator: 1) == nil)
        #expect(DiscreteLaplace(numerator: 1, denominator: 0) == nil)
    }

    /// Samples of a known seed: another toolchain, or another reading of the same words, would be fresh noise for sums that were
    /// noised before.
    @Test func theSameWordsGiveTheSameNoise() throws {
        let (narrow, wide) = try (
            DiscreteGaussian(variance: #require(NoiseVariance(numerator: 1369, denominator: 100))),
            DiscreteGaussian(variance: #require(NoiseVariance(numerator: 1 << 63, denominator: 1)))
        )
        let laplace = try #require(DiscreteLaplace(numerator: 5, denominator: 2))
        var generator = SplitMix(seed: 1)
        #expect((0..<8).map { _ in narrow.sample(using: &generator) } == KnownSamples.narrow)
        #expect((0..<4).map { _ in wide.sample(using: &generator) } == KnownSamples.wide)
        #expect((0..<8).map { _ in laplace.sample(using: &generator) } == KnownSamples.laplace)
    }

    private enum KnownSamples {
        static let narrow: [Int64] = [2, -1, 2, 1, -2, -2, 0, -2]
        static let wide: [Int64] = [-899_239_303, 9_403_302_517, 1_206_107_265, -3_458_473_680]
        static let laplace: [Int64] = [-2, 0, -1, 1, -3, 0, 0, 0]
    }
}
