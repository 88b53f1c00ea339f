/// The discrete Laplace distribution of a rational scale, sampled exactly: integers only, no rounding.
///
/// The probability of the integer `x` is proportional to `exp(-|x| * denominator / numerator)`.
///
/// Spec: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", algorithms 1 and 2.
package struct DiscreteLaplace: Sendable {
    /// Numerator of the scale, at least 1.
    package let numerator: UInt32
    /// Denominator of the scale, at least 1.
    package let denominator: UInt32

    /// `nil` if either part is zero.
    package init?(numerator: UInt32, denominator: UInt32) {
        guard numerator > 0, denominator > 0 else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// One sample. Its running time depends on the sample.
    package func sample(using generator: inout some RandomNumberGenerator) -> Int64 {
        let scale = UInt64(numerator)
        while true {
            let remainder = UInt64.random(in: 0..<scale, using: &generator)
            guard Self.bernoulliExp(remainder, over: scale, using: &generator) else { continue }
            var quotient: UInt64 = 0
            while Self.bernoulliExp(1, over: 1, using: &generator) { quotient += 1 }
            let magnitude = (remainder &+ scale &* quotient) / UInt64(denominator)
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
        // Below 2^32 each, so the product cannot overflow before `trial` passes 2^32, which no run of this loop does.
        var trial: UInt64 = 1
        while UInt64.random(in: 0..<(denominator &* trial), using: &generator) < numerator { trial += 1 }
        return trial % 2 == 1
    }
}
