import Foundation

/// Zero-concentrated differential privacy: what releases cost, and what the cost means as epsilon and delta.
///
/// Costs add up, also where a question depends on the answers before it.
///
/// Spec: Bun, Steinke, "Concentrated Differential Privacy" (2016); Canonne, Kamath, Steinke, "The Discrete Gaussian for
/// Differential Privacy" (2020), theorem 4 and corollary 13
package struct ConcentratedPrivacy: Hashable, Sendable {
    /// The cost, from 0.
    package let rho: Double

    package init(rho: Double) { self.rho = rho }

    /// The cost of one release with discrete Gaussian noise.
    ///
    /// - Parameter squaredSensitivity: the square of how far the counts of two neighbouring inputs can be apart in the
    ///   Euclidean norm.
    package init(squaredSensitivity: Double, variance: NoiseVariance) {
        rho = squaredSensitivity / (2 * variance.value)
    }

    package static func + (one: Self, other: Self) -> Self { Self(rho: one.rho + other.rho) }
    package static func * (count: Int, one: Self) -> Self { Self(rho: Double(count) * one.rho) }

    /// The least epsilon that holds with a `delta` between 0 and 1.
    ///
    /// The least value over a > 1 of a·rho + (ln(1/delta) + (a-1)·ln(1-1/a) - ln a)/(a-1).
    package func epsilon(delta: Double) -> Double {
        guard rho > 0 else { return 0 }
        // As a function of ln(a - 1) it falls and then rises.
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<300 {
            let (one, two) = (low + (high - low) / 3, high - (high - low) / 3)
            if bound(one, delta) <= bound(two, delta) { high = two } else { low = one }
        }
        return max(0, bound((low + high) / 2, delta))
    }

    /// The formula at the order 1 + exp(`logarithm`).
    private func bound(_ logarithm: Double, _ delta: Double) -> Double {
        let excess = exp(logarithm)
        let order = 1 + excess
        return order * rho + (-log(delta) - log1p(excess)) / excess - log1p(1 / excess)
    }

    /// The greatest cost with which `epsilon` holds with `delta`.
    package static func greatest(epsilon: Double, delta: Double) -> Self {
        var (low, high) = (0.0, epsilon)
        while Self(rho: high).epsilon(delta: delta) < epsilon { high *= 2 }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if Self(rho: middle).epsilon(delta: delta) <= epsilon { low = middle } else { high = middle }
        }
        return Self(rho: low)
    }
}
