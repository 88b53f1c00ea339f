/// The parameter sigma² of a discrete Gaussian: a positive fraction, so that every machine means the same distribution.
package struct NoiseVariance: Hashable, Sendable {
    /// At least 1.
    package let numerator: UInt64
    /// At least 1.
    package let denominator: UInt64

    /// The greatest sigma: with it the integers of the sampler stay below 2^128.
    package static let greatestSigma: UInt64 = 1 << 32

    /// `nil` where a part is zero, or where the product of both parts has more than 64 bits.
    ///
    /// So sigma² is below 2^64, and sigma below ``greatestSigma``.
    package init?(numerator: UInt64, denominator: UInt64) {
        guard numerator > 0, denominator > 0,
            !numerator.multipliedReportingOverflow(by: denominator).overflow
        else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The least variance that is at least `value` and has a short fraction: thousandths, or whole numbers from 2^40 on.
    ///
    /// - Returns: `nil` where it is no positive number, or beyond the greatest.
    package init?(atLeast value: Double) {
        guard value > 0, value.isFinite else { return nil }
        let denominator: UInt64 = value < 0x1p40 ? 1000 : 1
        guard let numerator = UInt64(exactly: (value * Double(denominator)).rounded(.up)) else { return nil }
        self.init(numerator: max(1, numerator), denominator: denominator)
    }

    /// The fraction as a number.
    package var value: Double { Double(numerator) / Double(denominator) }

    /// Sigma, near the standard deviation of one aggregator's noise.
    package var sigma: Double { value.squareRoot() }
}
