import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes

/// What a task promises for each report, in words: the same for who makes it, who serves it, who takes part and who collects.
package struct PrivacyWords: Hashable, Sendable {
    /// A name and a value.
    package struct Fact: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    /// The promise in one sentence, or that nothing is promised and what that means.
    package let sentence: String
    /// The noise in numbers; none without noise.
    package let facts: [Fact]

    /// Of a task's walks.
    package init(_ walk: WalkTaskExtension) {
        let threshold = Fact(
            name: "least sensible threshold", value: "\(max(walk.leastThreshold, walk.minThreshold)) votes")
        self.init(
            walk.guarantee, counted: "Counts", released: "what a whole walk releases", held: "string",
            facts: Self.noise(walk) + [threshold])
    }

    /// Of a task's batches, which are collected once each.
    package init(_ noise: BatchNoise?, vdaf: VdafConfiguration) {
        self.init(
            noise?.guarantee(for: vdaf), counted: "Results", released: "what is released of a batch",
            held: vdaf.stringBits == nil ? "measurement" : "string",
            facts: noise.map {
                Self.gaussian(
                    sigma: Self.number($0.variance.sigma), deviation: $0.deviation,
                    of: vdaf.greatestAddend > 1 ? "sum" : "count")
            } ?? [])
    }

    /// The facts in one line: the first as `name: value`, the others as `name value`.
    package var line: String {
        facts.enumerated().map { $0 == 0 ? "\($1.name): \($1.value)" : "\($1.name) \($1.value)" }.joined(
            separator: ", ")
    }

    /// - Parameters:
    ///   - counted: what is exact without noise.
    ///   - released: what the promise is about.
    ///   - held: what a report holds.
    ///   - facts: what is said of a noise, where there is one.
    private init(_ guarantee: PrivacyGuarantee?, counted: String, released: String, held: String, facts: [Fact]) {
        guard let guarantee else {
            sentence =
                "\(counted) are exact: nothing bounds what they tell of a single report, and whoever knows all the others, or "
                + "has made them, reads its \(held) from them."
            self.facts = []
            return
        }
        sentence =
            "Whatever the Collector, one aggregator and all other clients do together, \(released) is "
            + "(\(Self.epsilon(guarantee.epsilon)), \(Self.delta(guarantee.delta)))-differentially private for each "
            + "report, under replacement of its \(held), as long as the other aggregator is honest."
        self.facts = facts
    }

    private static func noise(_ walk: WalkTaskExtension) -> [Fact] {
        switch walk.noise {
        case .none: []
        case .discreteLaplace(let numerator, let denominator):
            [
                Fact(name: "noise", value: "discrete Laplace"),
                Fact(name: "scale", value: number(Double(numerator) / Double(denominator))),
            ] + (NoiseFacts(walk).map { [deviation($0.deviation)] } ?? [])
        case .discreteGaussian(let gaussian):
            Self.gaussian(
                sigma: gaussian.inner == gaussian.leaf
                    ? number(gaussian.leaf.sigma)
                    : "\(number(gaussian.leaf.sigma)) at the leaf, \(number(gaussian.inner.sigma)) before it",
                deviation: gaussian.leafDeviation)
        }
    }

    /// - Parameters:
    ///   - deviation: that of a number of the result, with the noise of both aggregators.
    ///   - what: what such a number is.
    private static func gaussian(sigma: String, deviation: Double, of what: String = "count") -> [Fact] {
        [
            Fact(name: "noise", value: "discrete Gaussian"), Fact(name: "sigma", value: sigma),
            Self.deviation(deviation, of: what),
        ]
    }

    private static func deviation(_ deviation: Double, of what: String = "count") -> Fact {
        Fact(name: "standard deviation of a \(what)", value: number(deviation))
    }
}

extension PrivacyWords {
    /// An epsilon with three significant digits, rounded up: what is promised is never more than what holds.
    ///
    /// What is nearer to a shorter number than the computation is exact counts as that number.
    package static func epsilon(_ epsilon: Double) -> String {
        guard epsilon > 0, epsilon.isFinite else { return epsilon > 0 ? "infinity" : "0" }
        // So many decimals leave three digits.
        let decimals = max(0, 2 - Int(log10(epsilon).rounded(.down)))
        let scale = pow(10, Double(decimals))
        let rounded = (epsilon * scale * (1 - 1e-12)).rounded(.up) / scale
        let text = String(format: "%.\(decimals)f", rounded)
        guard text.contains(".") else { return text }
        let digits = text.reversed().drop { $0 == "0" }
        return String(digits.drop { $0 == "." }.reversed())
    }

    /// A delta as `1e-8`, or `0`.
    ///
    /// Tasks have its inverse, a whole number: what is not short in decimals is a fraction.
    package static func delta(_ delta: Double) -> String {
        guard delta > 0 else { return "0" }
        let inverse = (1 / delta).rounded()
        for power in 1...19 {
            let digits = pow(10, Double(power)) / inverse
            guard digits >= 1, digits < 1000, digits == digits.rounded() else { continue }
            let (first, rest) = ("\(Int(digits))".prefix(1), "\(Int(digits))".dropFirst())
            return first + (rest.isEmpty ? "" : ".\(rest)") + "e-\(power - rest.count)"
        }
        return String(format: "1/%.0f", inverse)
    }

    /// A positive number with three digits, or all that it has before the point.
    package static func number(_ number: Double) -> String {
        switch number {
        case ..<10: String(format: "%.2f", number)
        case ..<100: String(format: "%.1f", number)
        default: String(format: "%.0f", number)
        }
    }
}
