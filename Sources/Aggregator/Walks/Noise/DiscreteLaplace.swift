/// The discrete Laplace distribution of a rational scale, sampled exactly: integers only, no rounding.
///
/// The probability of the integer `x` is proportional to `exp(-|x| * denominator / numerator)`.
///
/// Spec: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", algorithms 1 and 2.
package struct DiscreteLaplace: Sendable {
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
    package func sample(using generator: inout some RandomNumberGenerator) -> Int64 {
        let scale = numerator
        while true {
            let remainder = UInt64.random(in: 0..<scale, using: &generator)
            guard Self.bernoulliExp(remainder, over: scale, using: &generator) else { continue }
            var quotient: UInt64 = 0
            while Self.bernoulliExp(1, over: 1, using: &generator) { quotient += 1 }
            // Beyond 2^64 with a probability that no one lives to see, unless the scale itself is that large.
            let (product, tooLarge) = scale.multipliedReportingOverflow(by: quotient)
            let (sum, overflow) = product.addingReportingOverflow(remainder)
            if tooLarge || overflow { continue }
            let magnitude = sum / denominator
            let isNegative = Bool.random(using: &generator)
            if isNegative && magnitude == 0 { continue }
            let value = Int64(clamping: magnitude)
            return isNegative ? -value : value
        }
    }

    /// True with probability `exp(-numerator / denominator)`, for a quotient in `[0, 1]`.
    private static func bernoulliExp(
        _ numerator: UInt64, over denominator: UInt64, using generator: inout some RandomNumberGenerator
    ) -> Bool {
        var trial: UInt64 = 1
        while bernoulli(numerator, over: denominator, and: trial, using: &generator) { trial += 1 }
        return trial % 2 == 1
    }

    /// True with probability `numerator / (denominator * trial)`, as two independent events: no product to overflow.
    private static func bernoulli(
        _ numerator: UInt64, over denominator: UInt64, and trial: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        UInt64.random(in: 0..<denominator, using: &generator) < numerator
            && UInt64.random(in: 0..<trial, using: &generator) == 0
    }
}
