import Foundation
import PopulusDifferentialPrivacy
import Testing

/// Costs, and what they come to as epsilon and delta, against published values.
@Suite struct AccountingTests {
    /// OpenDP's value for rho = 1/32 and delta = 1e-3.
    @Test func openDPsValue() {
        let epsilon = ConcentratedPrivacy(rho: 1 / 32).epsilon(delta: 1e-3)
        #expect(abs(epsilon - 0.688_002_455_487_8) < 1e-13)
    }

    /// One release of a squared sensitivity of 2 with delta = 1e-9: sigma for three epsilons.
    ///
    /// The table of draft-wang-ppm-differential-privacy has 23.3903, 8.5402 and 5.1904, by an exact calculation for one Gaussian
    /// release; what adds up over steps costs a little more.
    @Test(arguments: [(0.317, 24.675, 23.3903), (0.906, 8.983, 8.5402), (1.528, 5.451, 5.1904)])
    func oneRelease(_ epsilon: Double, _ sigma: Double, _ exact: Double) {
        let ours = (1 / ConcentratedPrivacy.greatest(epsilon: epsilon, delta: 1e-9).rho).squareRoot()
        #expect(abs(ours - sigma) < 5e-4)
        #expect(ours > exact && ours < 1.06 * exact)
    }

    /// Sigma of an aggregator for whole walks, with delta = 1e-8.
    @Test(arguments: [(1, 64, 61.0), (1, 128, 86.3), (2, 64, 31.6), (2, 32, 22.4)] as [(Double, Int, Double)])
    func walks(_ epsilon: Double, _ steps: Int, _ sigma: Double) throws {
        let rho = ConcentratedPrivacy.greatest(epsilon: epsilon, delta: 1e-8).rho
        let variance = try #require(NoiseVariance(atLeast: Double(steps) / rho))
        #expect(abs(variance.sigma - sigma) < 0.05)
        // Laplace noise of the same epsilon deviates three times as much.
        if epsilon == 1, steps == 64 {
            let laplace = 2.0.squareRoot() * 2 * Double(steps) / epsilon
            #expect(abs(laplace / variance.sigma - 3) < 0.05)
        }
    }

    /// The least threshold with 65,536 candidates, epsilon 2 and delta 1e-8.
    ///
    /// The design rounds: it has 129, 270, 390 and 812. Margin and bar are each rounded up here.
    @Test(arguments: [(8, 129), (32, 271), (64, 392), (256, 813)] as [(Int, UInt64)])
    func thresholds(_ steps: Int, _ expected: UInt64) throws {
        let rho = ConcentratedPrivacy.greatest(epsilon: 2, delta: 1e-8).rho
        let deviation = (2 * (try #require(NoiseVariance(atLeast: Double(steps) / rho))).value).squareRoot()
        let (margin, bar) = (
            NoisyThreshold.margin(steps: steps, deviation: deviation),
            NoisyThreshold.bar(candidates: 65_536, deviation: deviation)
        )
        #expect(margin + bar == expected)
        #expect(Double(margin) >= NormalTail.value(ofTail: 0.01 / Double(steps)) * deviation)
    }

    @Test func theConversionIsTheLeastOfItsFormula() {
        for rho in [1e-6, 0.03125, 0.1, 1, 20, 3000] {
            for delta in [1e-12, 1e-8, 1e-3, 0.3] {
                let epsilon = ConcentratedPrivacy(rho: rho).epsilon(delta: delta)
                for step in -400...400 {
                    let order = 1 + exp(Double(step) / 20)
                    let rest = -log(delta) + (order - 1) * log(1 - 1 / order) - log(order)
                    let bound = order * rho + rest / (order - 1)
                    #expect(epsilon <= max(0, bound) + 1e-9 * abs(bound), "\(rho) \(delta) \(order)")
                }
            }
        }
    }

    @Test func costsAndTheirInverse() {
        #expect(ConcentratedPrivacy(rho: 0).epsilon(delta: 1e-8) == 0)
        #expect((3 * ConcentratedPrivacy(rho: 0.25) + ConcentratedPrivacy(rho: 1)).rho == 1.75)
        for epsilon in [0.01, 0.5, 1, 2, 8, 40] {
            let cost = ConcentratedPrivacy.greatest(epsilon: epsilon, delta: 1e-8)
            #expect(cost.epsilon(delta: 1e-8) <= epsilon)
            #expect(ConcentratedPrivacy(rho: cost.rho * (1 + 1e-9)).epsilon(delta: 1e-8) > epsilon * (1 - 1e-12))
        }
    }

    @Test func tailsOfTheNormalDistribution() {
        #expect(abs(NormalTail.value(ofTail: 0.025) - 1.959_963_984_540_054) < 1e-12)
        #expect(abs(NormalTail.value(ofTail: 0.5)) < 1e-12)
        #expect(abs(NormalTail.probability(above: 3) - 0.001_349_898_031_630_094_5) < 1e-16)
        #expect(NormalTail.value(ofTail: 0) < 40 && NormalTail.value(ofTail: 0.01 / 65_536) > 5)
    }
}
