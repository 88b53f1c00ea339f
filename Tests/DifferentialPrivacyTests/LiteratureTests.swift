import Foundation
import PopulusDifferentialPrivacy
import Testing

/// What papers and other programs say of the discrete Gaussian distribution.
@Suite struct LiteratureTests {
    private func mass(_ numerator: UInt64, _ denominator: UInt64) throws -> PublishedMass {
        PublishedMass(gaussian: try #require(NoiseVariance(numerator: numerator, denominator: denominator)))
    }

    /// The cumulative probabilities at -3, -1, 0, 2 and 10, from the definition with 30 digits.
    ///
    /// Spec: Canonne, Kamath, Steinke, definition 1
    @Test(
        arguments: [
            (1, 4, [1.1979465897294959e-8, 0.10671464647902605, 0.89328535352097395, 0.9999999880205341, 1]),
            (1, 1, [0.0045671714178032527, 0.30052886086656915, 0.69947113913343085, 0.99543282858219675, 1]),
            (
                1369, 100,
                [
                    0.24896674738225552, 0.44608888102683342, 0.55391111897316658, 0.75103325261774448,
                    0.99778977627340064,
                ]
            ),
            (
                100, 1,
                [0.4012533618346816, 0.48005288597992837, 0.51994711402007163, 0.5987466381653184, 0.85324157276192727]
            ),
        ] as [(UInt64, UInt64, [Double])])
    func cumulativeProbabilities(_ numerator: UInt64, _ denominator: UInt64, _ expected: [Double]) throws {
        let mass = try mass(numerator, denominator)
        for (value, probability) in zip([-3, -1, 0, 2, 10], expected) {
            #expect(abs(mass.cumulative(value) - probability) < 1e-15 + 1e-13 * probability, "at \(value)")
        }
    }

    /// The variance is below sigma², by a factor of 1 - 8 pi² sigma² exp(-2 pi² sigma²) at most; the tail is below that of the
    /// normal distribution one further in.
    ///
    /// Spec: Canonne, Kamath, Steinke, on the variance and on the tail
    @Test(arguments: SamplerTests.variances) func boundsOfVarianceAndTail(_ fraction: (UInt64, UInt64)) throws {
        let variance = try #require(NoiseVariance(numerator: fraction.0, denominator: fraction.1))
        let mass = PublishedMass(gaussian: variance)
        #expect(mass.variance <= variance.value * (1 + 1e-12))
        let exponent = 2 * Double.pi * Double.pi * variance.value
        #expect(mass.variance >= variance.value * (1 - 4 * exponent * exp(-exponent) - 1e-12))
        for value in stride(from: 1, through: Int(6 * variance.sigma) + 2, by: 1 + Int(variance.sigma / 8)) {
            let tail = mass.cumulative(-value)
            #expect(tail <= NormalTail.probability(above: Double(value - 1) / variance.sigma) + 1e-15)
        }
    }

    /// OpenDP's `discrete_gaussian_scale_to_accuracy`: the least number that noise reaches with a probability of at most alpha.
    @Test(
        arguments: [(1, 4, 0.05, 2), (1, 1, 0.05, 3), (1369, 100, 0.05, 8), (99_856, 100, 0.01, 82)]
            as [(UInt64, UInt64, Double, Int)])
    func accuracies(_ numerator: UInt64, _ denominator: UInt64, _ alpha: Double, _ accuracy: Int) throws {
        let mass = try mass(numerator, denominator)
        func reached(_ value: Int) -> Double { 2 * mass.cumulative(-value) }
        #expect(reached(accuracy) <= alpha && reached(accuracy - 1) > alpha)
    }
}
