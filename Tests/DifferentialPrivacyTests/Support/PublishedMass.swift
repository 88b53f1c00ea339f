import Foundation
import PopulusDifferentialPrivacy

/// The probabilities of a distribution over the integers that is symmetric, from its definition.
struct PublishedMass: Sendable {
    /// Of 0, 1, 2, and so on, until they are nothing.
    let masses: [Double]

    /// P(x) is proportional to exp(-x² / (2 sigma²)).
    init(gaussian variance: NoiseVariance) {
        self.init(reach: Int(40 * variance.sigma) + 40) { exp(-$0 * $0 / (2 * variance.value)) }
    }

    /// P(x) is proportional to exp(-|x| / scale).
    init(laplace: DiscreteLaplace) {
        let scale = Double(laplace.numerator) / Double(laplace.denominator)
        self.init(reach: Int(750 * scale) + 750) { exp(-$0 / scale) }
    }

    private init(reach: Int, weight: (Double) -> Double) {
        let weights = (0...reach).map { weight(Double($0)) }
        let total = 2 * weights.dropFirst().reversed().reduce(0, +) + weights[0]
        masses = weights.map { $0 / total }
    }

    func probability(of value: Int) -> Double { value.magnitude < masses.count ? masses[Int(value.magnitude)] : 0 }

    /// The probability of at most `value`.
    func cumulative(_ value: Int) -> Double {
        if value >= 0 { return 1 - cumulative(-value - 1) }
        let start = -value
        return start < masses.count ? masses[start...].reversed().reduce(0, +) : 0
    }

    var variance: Double {
        2 * masses.enumerated().reversed().reduce(0) { $0 + Double($1.offset * $1.offset) * $1.element }
    }

    /// The fourth moment, which tells how far a measured variance may be off.
    var fourthMoment: Double {
        2 * masses.enumerated().reversed().reduce(0) { $0 + pow(Double($1.offset), 4) * $1.element }
    }

    /// The integers cut into intervals of at least `least` each: the last integer of every interval but the last.
    func cuts(_ least: Double) -> [Int] {
        var (ends, mass): ([Int], Double) = ([], 0)
        for value in (1 - masses.count)..<masses.count {
            mass += probability(of: value)
            guard mass >= least else { continue }
            ends.append(value)
            mass = 0
        }
        return Array(ends.dropLast())
    }
}

/// Pearson's test: how far samples are from a distribution.
struct ChiSquare {
    let statistic: Double
    /// What a right sampler exceeds once in a billion times.
    let limit: Double

    var isPassed: Bool { statistic <= limit }

    init(_ samples: [Int], _ mass: PublishedMass) {
        let cuts = mass.cuts(max(0.015, 60 / Double(samples.count)))
        let ends = cuts.map { mass.cumulative($0) }
        var counts = [Double](repeating: 0, count: cuts.count + 1)
        for sample in samples { counts[cuts.firstIndex { sample <= $0 } ?? cuts.count] += 1 }
        statistic = counts.indices.reduce(0) { sum, index in
            let share = (index < ends.count ? ends[index] : 1) - (index > 0 ? ends[index - 1] : 0)
            let expected = share * Double(samples.count)
            return sum + (counts[index] - expected) * (counts[index] - expected) / expected
        }
        // Wilson and Hilferty's approximation of the distribution, six standard deviations up.
        let freedom = Double(cuts.count)
        limit = freedom * pow(1 - 2 / (9 * freedom) + 6 * (2 / (9 * freedom)).squareRoot(), 3)
    }
}
