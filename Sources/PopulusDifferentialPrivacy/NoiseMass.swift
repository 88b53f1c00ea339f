import Foundation

/// The probabilities of what the noise of both aggregators comes to in one count: the sum of two independent samples.
package struct NoiseMass: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case gaussian(NoiseVariance)
        /// The quotient of the scale's parts, denominator first: how fast the probabilities fall.
        case laplace(Double)
    }

    private let kind: Kind

    package init(gaussian variance: NoiseVariance) { kind = .gaussian(variance) }

    package init(laplace: DiscreteLaplace) {
        kind = .laplace(Double(laplace.denominator) / Double(laplace.numerator))
    }

    /// The probability that the noise is exactly `value`.
    package func probability(of value: Int64) -> Double {
        switch kind {
        case .gaussian(let variance): TwoGaussians(variance).probability(of: Double(value.magnitude))
        case .laplace(let decay): TwoLaplaces(decay).probability(of: Double(value.magnitude))
        }
    }

    /// The probability that the noise is at most `halfWidth`, up or down.
    package func probability(within halfWidth: UInt64) -> Double {
        switch kind {
        case .gaussian(let variance): TwoGaussians(variance).probability(within: halfWidth)
        case .laplace(let decay): TwoLaplaces(decay).probability(within: Double(halfWidth))
        }
    }

    /// The least number within which the noise is with a probability of at least `coverage`.
    ///
    /// - Parameter coverage: from 0, below 1.
    package func halfWidth(coverage: Double = 0.95) -> UInt64 {
        guard probability(within: 0) < coverage else { return 0 }
        var (low, high): (UInt64, UInt64) = (0, 1)
        while high < 1 << 50, probability(within: high) < coverage { (low, high) = (high, 2 * high) }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if probability(within: middle) < coverage { low = middle } else { high = middle }
        }
        return high
    }
}

/// The sum of two discrete Gaussian samples of one variance v.
///
/// Since x² + (s - x)² = s²/2 + 2·(x - s/2)², the probability of s is exp(-s²/4v) · T / Z², where Z = sum of exp(-x²/2v)
/// over all integers x, and T = sum of exp(-x²/v) over all integers for an even s, over all halves of odd integers for an
/// odd one. By Poisson's summation both T are sqrt(pi·v), and Z is sqrt(2·pi·v), up to a factor 1 ± 2.1·exp(-pi²·v): from
/// v = 4 on that is 1 in double precision.
private struct TwoGaussians {
    /// 4v.
    private let width: Double
    /// T / Z² for even and for odd sums.
    private let (even, odd): (Double, Double)

    /// From this variance of the sum on, sums over all integers are integrals with a correction.
    private static let large = 1_048_576.0

    init(_ variance: NoiseVariance) {
        let v = variance.value
        width = 4 * v
        if v >= 4 {
            (even, odd) = (1 / (4 * Double.pi * v).squareRoot(), 1 / (4 * Double.pi * v).squareRoot())
        } else {
            let terms = -40...40
            let total = terms.reduce(0.0) { $0 + exp(-Double($1 * $1) / (2 * v)) }
            even = terms.reduce(0.0) { $0 + exp(-Double($1 * $1) / v) } / (total * total)
            odd = terms.reduce(0.0) { $0 + exp(-(Double($1) - 0.5) * (Double($1) - 0.5) / v) } / (total * total)
        }
    }

    func probability(of magnitude: Double) -> Double {
        exp(-magnitude * magnitude / width) * (magnitude.truncatingRemainder(dividingBy: 2) == 0 ? even : odd)
    }

    func probability(within halfWidth: UInt64) -> Double {
        // Beyond 39 standard deviations every term is below the least number.
        guard Double(halfWidth) < 39 * (width / 2).squareRoot() + 1 else { return 1 }
        guard width / 2 < Self.large else { return integral(Double(halfWidth)) }
        // The small ones first.
        var sum = 0.0
        for magnitude in stride(from: halfWidth, to: 0, by: -1) { sum += probability(of: Double(magnitude)) }
        return min(1, 2 * sum + probability(of: 0))
    }

    /// Euler's and Maclaurin's formula at the middles between integers, with its first correction.
    ///
    /// The next one is below 0.002 / variance², 2e-15 from ``large`` on.
    private func integral(_ halfWidth: Double) -> Double {
        let (end, variance) = (halfWidth + 0.5, width / 2)
        let slope = -end / variance * exp(-end * end / (2 * variance)) / (2 * Double.pi * variance).squareRoot()
        return erf(end / (2 * variance).squareRoot()) - slope / 12
    }
}

/// The sum of two discrete Laplace samples with q = exp(-decay): c²·q^|s|·(|s| + (1 + q²)/(1 - q²)), c = (1 - q)/(1 + q).
private struct TwoLaplaces {
    private let decay: Double
    private let q: Double
    /// 1 - q, without the loss of a difference.
    private let rest: Double

    init(_ decay: Double) {
        self.decay = decay
        q = exp(-decay)
        rest = -expm1(-decay)
    }

    func probability(of magnitude: Double) -> Double {
        let share = rest / (1 + q)
        return share * share * exp(-decay * magnitude) * (magnitude + (1 + q * q) / (rest * (1 + q)))
    }

    /// One minus both tails: sums of q^s and of s·q^s from the next integer on.
    func probability(within halfWidth: Double) -> Double {
        let next = halfWidth + 1
        let tails = 2 * exp(-decay * next) / ((1 + q) * (1 + q)) * (next * rest + q + (1 + q * q) / (1 + q))
        return 1 - tails
    }
}
