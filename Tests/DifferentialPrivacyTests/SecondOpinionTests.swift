import Foundation
import PopulusDifferentialPrivacy
import Testing

/// Other people's programs: the same costs, and the same distribution.
@Suite(.enabled(if: PrivacyPython.isReady, "\(PrivacyPython.needs)"))
struct SecondOpinionTests {
    private static let costs: [[Double]] = [
        [0.0001, 1e-8], [0.01, 1e-8], [0.1, 1e-8], [0.03125, 1e-3], [2, 1e-6], [20, 1e-9],
        // A walk of 64 steps with sigma 31.6.
        [64 / 998.56, 1e-8],
    ]

    private static let costsAsJSON = "[" + costs.map { "[\($0[0]), \($0[1])]" }.joined(separator: ", ") + "]"

    private func compare(_ theirs: [Double], within tolerance: Double) {
        #expect(theirs.count == Self.costs.count)
        for (cost, epsilon) in zip(Self.costs, theirs) {
            let ours = ConcentratedPrivacy(rho: cost[0]).epsilon(delta: cost[1])
            #expect(abs(ours - epsilon) <= tolerance * epsilon, "rho \(cost[0]), delta \(cost[1]): \(ours), \(epsilon)")
            // Theirs are a grid's or rounded up: never below.
            #expect(ours <= epsilon * (1 + 1e-12))
        }
    }

    /// Over a dense grid of orders, from the same Rényi divergences.
    @Test func dpAccounting() throws {
        let program = """
            import json, sys
            import numpy
            from dp_accounting.rdp.rdp_privacy_accountant import compute_epsilon
            orders = 1 + numpy.exp(numpy.linspace(-4, 9, 30001))
            print(json.dumps([compute_epsilon(orders, rho * orders, delta)[0] for rho, delta in json.loads(sys.argv[1])]))
            """
        compare(try PrivacyPython.output(program, [Self.costsAsJSON]), within: 1e-6)
    }

    @Test func openDP() throws {
        let program = """
            import json, sys
            import opendp.prelude as dp
            dp.enable_features("contrib")
            space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
            noise = dp.c.make_zCDP_to_approxDP(dp.m.make_gaussian(*space, scale=1.0))
            print(json.dumps([noise.map((2 * rho) ** 0.5).epsilon(delta) for rho, delta in json.loads(sys.argv[1])]))
            """
        compare(try PrivacyPython.output(program, [Self.costsAsJSON]), within: 1e-9)
    }

    /// Samples of OpenDP's are of the distribution that ours are of.
    @Test(arguments: [(1, 1), (1369, 100), (99_856, 100)] as [(UInt64, UInt64)])
    func openDPsSampler(_ fraction: (UInt64, UInt64)) throws {
        let variance = try #require(NoiseVariance(numerator: fraction.0, denominator: fraction.1))
        let program = """
            import json, sys
            import opendp.prelude as dp
            dp.enable_features("contrib")
            space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
            print(json.dumps(dp.m.make_gaussian(*space, scale=float(sys.argv[1]))([0] * 20000)))
            """
        let samples: [Int] = try PrivacyPython.output(program, ["\(variance.sigma)"])
        let test = ChiSquare(samples, PublishedMass(gaussian: variance))
        #expect(samples.count == 20_000 && test.isPassed, "\(test.statistic) of \(test.limit)")
    }
}
