/// The discrete Gaussian distribution of a rational variance, sampled exactly: integers only, no rounding.
///
/// The probability of the integer `x` is proportional to `exp(-x² / (2 sigma²))`.
///
/// With sigma² = n / d and t = floor(sigma) + 1, a sample `y` of the discrete Laplace distribution of scale t is kept with
/// probability exp(-g), where 2g = (|y|·d·t - n)² / (n·d·t²). These numbers have at most 128 bits, but for the square:
///
/// - n·d < 2^64 (``NoiseVariance``), hence sigma < 2^32 and t <= 2^32: n·d·t² < 2^128.
/// - For sigma < 1, t is 1 and |y|·d < 2^63 · 2^64. Otherwise t <= 2·sigma, and d·t <= 2·sqrt(n·d) < 2^33: |y|·d·t < 2^96.
///
/// Spec: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", algorithm 3
package struct DiscreteGaussian: Hashable, Sendable {
    package let variance: NoiseVariance
    /// The scale of the samples that are kept or not.
    @usableFromInline let scale: UInt64
    /// n·d·t².
    @usableFromInline let divisor: UInt128

    package init(variance: NoiseVariance) {
        self.variance = variance
        scale = Self.root(variance.numerator / variance.denominator) + 1
        divisor = UInt128(variance.numerator * variance.denominator) * UInt128(scale) * UInt128(scale)
    }

    /// One sample.
    ///
    /// Its running time depends on the sample.
    @inlinable package func sample(using generator: inout some RandomNumberGenerator) -> Int64 {
        while true {
            guard let value = DiscreteLaplace(numerator: scale, denominator: 1)?.sample(using: &generator) else {
                continue
            }
            if keeps(value.magnitude, using: &generator) { return value }
        }
    }

    /// True with probability exp(-g).
    @inlinable func keeps(_ magnitude: UInt64, using generator: inout some RandomNumberGenerator) -> Bool {
        let product = UInt128(magnitude) * UInt128(variance.denominator) * UInt128(scale)
        let mean = UInt128(variance.numerator)
        let distance = product > mean ? product - mean : mean - product
        let square = distance.multipliedFullWidth(by: distance)
        // A quotient beyond 128 bits: the probability is below exp(-2^127), and taken for zero.
        guard square.high < divisor else { return false }
        let (halves, remainder) = divisor.dividingFullWidth((square.high, square.low))
        // exp(-g) is a product: exp(-1/2) once for each whole half of g, and what is left of it.
        var left = halves
        while left > 0 {
            guard generator.bernoulliExpOfHalf(1, over: 1) else { return false }
            left -= 1
        }
        return generator.bernoulliExpOfHalf(remainder, over: divisor)
    }

    /// The greatest integer whose square is at most `value`.
    private static func root(_ value: UInt64) -> UInt64 {
        var (low, high): (UInt64, UInt64) = (0, 1 << 32)
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle * middle <= value { low = middle } else { high = middle }
        }
        return low
    }
}
