import PopulusDifferentialPrivacy
import Testing

/// The ends of what a variance can be: the samplers end, and their integers stay within 128 bits.
@Suite struct ExtremeNoiseTests {
    private func distribution(_ numerator: UInt64, _ denominator: UInt64) throws -> DiscreteGaussian {
        DiscreteGaussian(variance: try #require(NoiseVariance(numerator: numerator, denominator: denominator)))
    }

    @Test func whatAVarianceCanBe() {
        for (numerator, denominator) in [(1, 1), (.max, 1), (1, .max), (1 << 32, (1 << 32) - 1)] as [(UInt64, UInt64)] {
            #expect(NoiseVariance(numerator: numerator, denominator: denominator) != nil)
        }
        for (numerator, denominator) in [(0, 1), (1, 0), (0, 0), (1 << 32, 1 << 32), (.max, 2), (2, 1 << 63)]
            as [(UInt64, UInt64)]
        {
            #expect(NoiseVariance(numerator: numerator, denominator: denominator) == nil)
        }
        // Sigma is below 2^32 for the greatest of them.
        #expect(NoiseVariance(numerator: .max, denominator: 1)?.sigma ?? .infinity <= 0x1p32)
        #expect(NoiseVariance(atLeast: 0x1p65) == nil && NoiseVariance(atLeast: -1) == nil)
        #expect(NoiseVariance(atLeast: .nan) == nil && NoiseVariance(atLeast: .infinity) == nil)
    }

    @Test(arguments: [0.001, 1, 998.56, 3.3e9, 0x1p39, 0x1p41, 1e19]) func theLeastVarianceIsEnough(value: Double)
        throws
    {
        let variance = try #require(NoiseVariance(atLeast: value))
        #expect(variance.value >= value && variance.value <= value * 1.0001 + 0.001)
    }

    /// A sigma of 2^-31.5 or 2^-32: nothing but zeros, since the next integer has a probability of exp(-2^62).
    @Test func hardlyAnyNoise() throws {
        var generator = SplitMix()
        for denominator in [1 << 63, .max, (1 << 40) + 1] as [UInt64] {
            let distribution = try distribution(1, denominator)
            let samples = (0..<2000).map { _ in distribution.sample(using: &generator) }
            #expect(samples.allSatisfy { $0 == 0 }, "1/\(denominator), seed \(generator.seed)")
        }
    }

    /// Pearson's test over eight intervals of the same probability, as the normal distribution has them.
    @Test(arguments: [(UInt64.max, 1), (UInt64.max / 3, 3), (1 << 62, 2)] as [(UInt64, UInt64)])
    func theGreatestNoise(_ fraction: (UInt64, UInt64)) throws {
        let distribution = try distribution(fraction.0, fraction.1)
        let variance = try #require(NoiseVariance(numerator: fraction.0, denominator: fraction.1))
        var generator = SplitMix()
        let ends = (1..<8).map { -NormalTail.value(ofTail: Double($0) / 8) * variance.sigma }.sorted()
        var counts = [Double](repeating: 0, count: 8)
        for _ in 0..<8000 {
            let sample = Double(distribution.sample(using: &generator))
            counts[ends.firstIndex { sample <= $0 } ?? 7] += 1
        }
        let statistic = counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
        // Seven degrees of freedom: more once in a billion times.
        #expect(statistic < 56, "\(counts), seed \(generator.seed)")
    }

    /// What fraction has a sigma just below a whole number, and just above: the scale of the first samples follows.
    @Test func sigmaNearAWholeNumber() throws {
        for (numerator, denominator) in [(99, 100), (100, 100), (101, 100), (399, 100), (400, 100)]
            as [(UInt64, UInt64)]
        {
            let variance = try #require(NoiseVariance(numerator: numerator, denominator: denominator))
            let distribution = DiscreteGaussian(variance: variance)
            var generator = SplitMix()
            let samples = (0..<30_000).map { _ in Int(distribution.sample(using: &generator)) }
            let test = ChiSquare(samples, PublishedMass(gaussian: variance))
            #expect(test.isPassed, "\(numerator)/\(denominator): \(test.statistic), seed \(generator.seed)")
        }
    }

    @Test func laplaceScalesThatFillTheWord() throws {
        var generator = SplitMix()
        for (numerator, denominator) in [(.max, 1), (.max, .max), (1, .max)] as [(UInt64, UInt64)] {
            let distribution = try #require(DiscreteLaplace(numerator: numerator, denominator: denominator))
            let samples = (0..<100).map { _ in distribution.sample(using: &generator) }
            if numerator == 1 { #expect(samples.allSatisfy { $0 == 0 }) }
            if denominator == 1 { #expect(samples.contains { $0.magnitude > 1 << 60 }) }
        }
    }

    /// A uniform number takes no word more than it must, and refuses the surplus that would favour some.
    @Test func uniformNumbersAreExact() {
        var words = Words([.max, 0])
        #expect(words.uniform(below: UInt64(10)) == 9 && words.drawn == 1)
        // Below 3 of 2^64 values one is too many: the product's low part is 0.
        words = Words([0, 1 << 63])
        #expect(words.uniform(below: UInt64(3)) == 1 && words.drawn == 2)
        words = Words([0, 0, 0, 1 << 63])
        #expect(words.uniform(below: UInt128(3)) == 1 && words.drawn == 4)
        words = Words([.max, .max])
        #expect(words.uniform(below: UInt128.max) == UInt128.max - 1)
        #expect(words.uniform(below: UInt64(1)) == 0)
    }

    /// exp(-1/2), exp(-1/3), exp(-3/4) and exp(-1), each of 200,000 trials.
    @Test func eventsHaveTheirProbability() {
        var generator = SplitMix()
        func share(_ event: (inout SplitMix) -> Bool) -> Double {
            Double((0..<100_000).count { _ in event(&generator) }) / 100_000
        }
        let limit = 6.2 * 0.5 / Double(100_000).squareRoot()
        #expect(abs(share { $0.bernoulliExpOfHalf(1, over: 1) } - 0.606_530_66) < limit, "seed \(generator.seed)")
        #expect(abs(share { $0.bernoulliExpOfHalf(2, over: 3) } - 0.716_531_31) < limit, "seed \(generator.seed)")
        #expect(abs(share { $0.bernoulliExp(3, over: 4) } - 0.472_366_55) < limit, "seed \(generator.seed)")
        #expect(abs(share { $0.bernoulliExp(1, over: 1) } - 0.367_879_44) < limit, "seed \(generator.seed)")
        #expect(share { $0.bernoulliExp(0, over: 7) } == 1)
        let large = UInt128.max
        #expect(abs(share { $0.bernoulliExpOfHalf(large / 2, over: large) } - 0.778_800_78) < limit)
    }
}
