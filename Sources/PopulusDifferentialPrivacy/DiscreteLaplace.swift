/// The discrete Laplace distribution of a rational scale, sampled exactly: integers only, no rounding.
///
/// The probability of the integer `x` is proportional to `exp(-|x| * denominator / numerator)`.
///
/// Spec: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", algorithms 1 and 2.
package struct DiscreteLaplace: Hashable, Sendable {
    /// Numerator of the scale, at least 1.
    package let numerator: UInt64
    /// Denominator of the scale, at least 1.
    package let denominator: UInt64

    /// `nil` if either part is zero.
    package init?(numerator: UInt64, denominator: UInt64) {
        guard numerator > 0, denominator > 0 else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// One sample.
    ///
    /// Its running time depends on the sample.
    @inlinable package func sample(using generator: inout some RandomNumberGenerator) -> Int64 {
        while true {
            let remainder = generator.uniform(below: numerator)
            guard generator.bernoulliExp(remainder, over: numerator) else { continue }
            var quotient: UInt64 = 0
            while generator.bernoulliExp(1, over: UInt64(1)) { quotient += 1 }
            // Beyond 2^64 with a probability that no one lives to see, unless the scale itself is that large.
            let (product, tooLarge) = numerator.multipliedReportingOverflow(by: quotient)
            let (sum, overflow) = product.addingReportingOverflow(remainder)
            if tooLarge || overflow { continue }
            let magnitude = sum / denominator
            let isNegative = generator.coin()
            if isNegative && magnitude == 0 { continue }
            let value = Int64(clamping: magnitude)
            return isNegative ? -value : value
        }
    }
}
