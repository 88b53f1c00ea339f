import Foundation
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes

/// What a result says of the noise in its counts.
package struct NoiseFacts: Hashable, Sendable {
    package let guarantee: PrivacyGuarantee
    /// Sigma of the noise that each aggregator adds to a count of the result, near its standard deviation.
    package let sigma: Double
    /// Half the width of a count's 95 % interval.
    package let halfWidth: UInt64

    /// How much of the noise of both aggregators is within the half-width, at least.
    package static let coverage = 0.95

    package init(guarantee: PrivacyGuarantee, sigma: Double, halfWidth: UInt64) {
        self.guarantee = guarantee
        self.sigma = sigma
        self.halfWidth = halfWidth
    }

    /// The standard deviation of a count, with the noise of both aggregators.
    package var deviation: Double { 2.0.squareRoot() * sigma }

    /// Of the counts at the leaf of a task's walks; nothing where they are exact.
    package init?(_ walk: WalkTaskExtension) {
        guard let guarantee = walk.guarantee, let halfWidth = walk.noise.leafHalfWidth else { return nil }
        let sigma: Double
        switch walk.noise {
        case .none: return nil
        case .discreteGaussian(let gaussian): sigma = gaussian.leaf.sigma
        case .discreteLaplace(let numerator, let denominator):
            let ratio = exp(-Double(denominator) / Double(numerator))
            sigma = (2 * ratio).squareRoot() / (1 - ratio)
        }
        self.init(guarantee: guarantee, sigma: sigma, halfWidth: halfWidth)
    }

    /// Of the numbers of a task's batches.
    package init(_ noise: BatchNoise, _ vdaf: VdafConfiguration) {
        self.init(guarantee: noise.guarantee(for: vdaf), sigma: noise.variance.sigma, halfWidth: noise.halfWidth)
    }

    /// The 95 % interval of a count.
    package func interval(of count: some BinaryInteger) -> CountInterval {
        CountInterval(count: Int128(count), halfWidth: halfWidth)
    }
}

/// Between which numbers a noisy count's true value is, in 95 of 100 cases.
///
/// Nothing is counted less than no times, so that neither end is below zero.
package struct CountInterval: Hashable, Sendable {
    package let low: UInt128
    package let high: UInt128

    /// - Parameter count: as it was counted, also below zero.
    package init(count: Int128, halfWidth: UInt64) {
        let half = Int128(halfWidth)
        low = UInt128(clamping: count.subtractingClamping(half))
        high = UInt128(clamping: count.addingClamping(half))
    }
}

extension Int128 {
    fileprivate func subtractingClamping(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? .min : difference
    }

    fileprivate func addingClamping(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
