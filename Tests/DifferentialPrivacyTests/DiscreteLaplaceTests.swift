import DifferentialPrivacy
import Testing

@Suite struct DiscreteLaplaceTests {
    /// A generator whose seed makes a failure repeatable.
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }

    @Test(arguments: [(1, 1), (5, 2), (20, 1)]) func probabilities(_ scale: (UInt64, UInt64)) throws {
        let distribution = try #require(DiscreteLaplace(numerator: scale.0, denominator: scale.1))
        var generator = SplitMix(state: 42)
        let samples = (0..<40_000).map { _ in distribution.sample(using: &generator) }
        // P(x) = (1 - q) / (1 + q) q^|x| with q = exp(-1 / scale): mean 0, variance 2 q / (1 - q)^2.
        let q = exponential(-Double(scale.1) / Double(scale.0))
        let variance = 2 * q / ((1 - q) * (1 - q))
        let mean = Double(samples.reduce(0, +)) / 40_000
        let measured = samples.reduce(0.0) { $0 + Double($1 * $1) } / 40_000
        #expect(abs(mean) < 4 * (variance / 40_000).squareRoot())
        #expect(abs(measured / variance - 1) < 0.08)
        let zeros = Double(samples.count { $0 == 0 }) / 40_000
        #expect(abs(zeros - (1 - q) / (1 + q)) < 0.012)
    }

    @Test func noDistributionWithoutScale() {
        #expect(DiscreteLaplace(numerator: 0, denominator: 1) == nil)
        #expect(DiscreteLaplace(numerator: 1, denominator: 0) == nil)
    }

    private func exponential(_ x: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for n in 1..<40 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }
}
