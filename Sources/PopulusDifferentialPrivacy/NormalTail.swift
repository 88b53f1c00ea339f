import Foundation

/// The upper tail of the normal distribution with mean 0 and standard deviation 1.
package enum NormalTail {
    /// The probability of more than `value`.
    package static func probability(above value: Double) -> Double { erfc(value / 2.0.squareRoot()) / 2 }

    /// The value above which a share `probability` of the distribution lies.
    ///
    /// - Parameter probability: above 0 and below 1; less than 1e-300 counts as that.
    package static func value(ofTail probability: Double) -> Double {
        let wanted = max(probability, 1e-300)
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if Self.probability(above: middle) > wanted { low = middle } else { high = middle }
        }
        return high
    }
}
