import PopulusDifferentialPrivacy
import Testing

/// What the noise of both aggregators comes to: against sums over all pairs, and against values of another program.
@Suite struct NoiseMassTests {
    /// The probability of each sum of two samples, up to some magnitude.
    private func pairs(_ one: PublishedMass, upTo greatest: Int) -> [Double] {
        let reach = min(one.masses.count - 1, 4000)
        return (0...greatest).map { sum in
            (-reach...reach).reduce(0) { $0 + one.probability(of: $1) * one.probability(of: sum - $1) }
        }
    }

    private func compare(_ mass: NoiseMass, _ one: PublishedMass, upTo greatest: Int) {
        let expected = pairs(one, upTo: greatest)
        var within = -expected[0]
        for (value, probability) in expected.enumerated() {
            #expect(abs(mass.probability(of: Int64(value)) - probability) < 1e-13, "\(value)")
            #expect(mass.probability(of: -Int64(value)) == mass.probability(of: Int64(value)))
            within += 2 * probability
            #expect(abs(mass.probability(within: UInt64(value)) - within) < 1e-12, "\(value)")
        }
    }

    @Test(arguments: SamplerTests.variances.dropLast() + [(399, 100), (4, 1), (401, 100), (1, 100)])
    func gaussian(_ fraction: (UInt64, UInt64)) throws {
        let variance = try #require(NoiseVariance(numerator: fraction.0, denominator: fraction.1))
        compare(
            NoiseMass(gaussian: variance), PublishedMass(gaussian: variance), upTo: min(60, Int(8 * variance.sigma) + 3)
        )
    }

    @Test(arguments: SamplerTests.scales.dropLast())
    func laplace(_ scale: (UInt64, UInt64)) throws {
        let distribution = try #require(DiscreteLaplace(numerator: scale.0, denominator: scale.1))
        compare(NoiseMass(laplace: distribution), PublishedMass(laplace: distribution), upTo: 40)
    }

    /// Sums to 30 digits, on both sides of the variance from which a formula takes their place.
    @Test(
        arguments: [
            (1, 4, 0, 0.64135714904758627), (1, 4, 1, 0.97639373150315264), (1, 1, 2, 0.92904501894035078),
            (399, 100, 5, 0.949677909554068), (4, 1, 5, 0.94938649523060204), (1369, 100, 10, 0.9555385432483825),
            (100, 1, 27, 0.94821886819092839), (10_000, 1, 277, 0.95026375266983532),
            (524_287, 1, 2007, 0.95005691956044652), (524_288, 1, 2007, 0.9500567012269907),
            (1_000_000, 1, 2772, 0.95005720279430303),
        ] as [(UInt64, UInt64, UInt64, Double)])
    func knownValues(_ numerator: UInt64, _ denominator: UInt64, _ halfWidth: UInt64, _ expected: Double) throws {
        let variance = try #require(NoiseVariance(numerator: numerator, denominator: denominator))
        #expect(abs(NoiseMass(gaussian: variance).probability(within: halfWidth) - expected) < 3e-14)
    }

    @Test func halfWidthsAreTheLeast() throws {
        var masses: [NoiseMass] = []
        for (numerator, denominator) in SamplerTests.variances + [(.max, 1), (1, 1 << 63), (524_288, 1)] {
            masses.append(
                NoiseMass(gaussian: try #require(NoiseVariance(numerator: numerator, denominator: denominator))))
        }
        for (numerator, denominator) in SamplerTests.scales + [(1 << 32, 1)] {
            masses.append(
                NoiseMass(laplace: try #require(DiscreteLaplace(numerator: numerator, denominator: denominator))))
        }
        for mass in masses {
            for coverage in [0.5, 0.95, 0.999] {
                let width = mass.halfWidth(coverage: coverage)
                #expect(mass.probability(within: width) >= coverage)
                #expect(width == 0 || mass.probability(within: width - 1) < coverage)
            }
        }
        #expect(NoiseMass(gaussian: try #require(NoiseVariance(numerator: 1, denominator: 1 << 63))).halfWidth() == 0)
        #expect(NoiseMass(gaussian: try #require(NoiseVariance(numerator: 99_856, denominator: 100))).halfWidth() == 88)
    }

    /// Two aggregators' samples, added up, are within the interval as often as it says.
    @Test func coverage() throws {
        let variance = try #require(NoiseVariance(numerator: 99_856, denominator: 100))
        let (mass, distribution) = (NoiseMass(gaussian: variance), DiscreteGaussian(variance: variance))
        var generator = SplitMix()
        let inside = (0..<40_000).count { _ in
            let noise = distribution.sample(using: &generator) + distribution.sample(using: &generator)
            return noise.magnitude <= mass.halfWidth()
        }
        let expected = mass.probability(within: mass.halfWidth())
        let error = (expected * (1 - expected) / 40_000).squareRoot()
        #expect(abs(Double(inside) / 40_000 - expected) < 6.2 * error, "\(inside), seed \(generator.seed)")
    }
}
