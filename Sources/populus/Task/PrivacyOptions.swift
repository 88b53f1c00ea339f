import ArgumentParser
import PopulusDAP
import PopulusDifferentialPrivacy
import ResultText

/// What a task promises for each report: a number, or nothing and exact counts.
struct PrivacyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Noise. Whatever the Collector, one aggregator and all other clients do together, what a whole walk (or, in a task \
            without walks, a batch) shows is differentially private for each report with this epsilon, as long as the other \
            aggregator is honest. The smaller, the less it shows, and the more votes a string needs: `populus task plan` \
            says how many. A number above 0, at most 100; 1 or 2 is a promise, above 10 hardly.
            """, valueName: "number"),
        transform: Form.epsilon)
    var epsilon: Double?

    @Option(
        help: ArgumentHelp(
            """
            How likely a report may have less protection than epsilon says, such as 1e-8; at most 0.001, and far below one \
            divided by the reports of a batch. One divided by a whole number: others are rounded down. (default: 1e-8)
            """, valueName: "number"),
        transform: Form.delta)
    var delta: Delta?

    @Flag(
        help: """
            No noise: counts are exact. Who knows all reports of a batch but one, or has made them, can read the last one. \
            Tasks with walks need this or --epsilon; others have no noise unless there is --epsilon.
            """)
    var exact = false

    func validate() throws {
        guard epsilon == nil || !exact else {
            throw ValidationError("--epsilon and --exact exclude each other: counts have noise, or they are exact")
        }
        guard delta == nil || epsilon != nil else {
            throw ValidationError("--delta goes with --epsilon, such as --epsilon 2 --delta 1e-8")
        }
    }

    /// The promise that was chosen; nothing where counts are exact.
    var promise: PrivacyPromise? {
        epsilon.map { PrivacyPromise(epsilon: $0, inverseDelta: (delta ?? .usual).inverse) }
    }

    /// Refuses to choose for the owner of a task with walks.
    func checkIsChosen() throws {
        guard epsilon == nil, !exact else { return }
        throw ValidationError(
            """
            a task with walks needs a choice, to which clients consent: --epsilon or --exact
              --epsilon 2  noise in every count: whatever others know, a whole walk is differentially private for each report.
                           Counts are a little wrong, and strings need some hundred votes (see populus task plan)
              --exact      no noise: who knows all reports but one, or made them, can read the last one's string
            """)
    }

    /// What the owner should know of the promise before anybody reports.
    func warnings(minBatchSize: UInt64) -> [String] {
        guard let epsilon else { return [] }
        let delta = delta ?? .usual
        var warnings: [String] = []
        if epsilon > 10 {
            warnings.append(
                "an epsilon of \(PrivacyWords.epsilon(epsilon)) says little: what is released may be e^\(PrivacyWords.epsilon(epsilon)) "
                    + "times as likely with a report's value as with another; 1 or 2 is a promise")
        }
        if delta.isRounded {
            warnings.append(
                "--delta \(delta.text) is not one divided by a whole number: the task has 1/\(delta.inverse), a little less"
            )
        }
        if delta.inverse <= minBatchSize {
            warnings.append(
                "a delta of \(delta.text) says little in a batch of \(minBatchSize) reports: one that shows a report of each "
                    + "batch whole could keep it; give far less than one divided by the reports, such as --delta 1e-8")
        }
        return warnings
    }
}

/// An epsilon and a delta, as a task's owner wants them.
struct PrivacyPromise: Equatable {
    let epsilon: Double
    let inverseDelta: UInt64

    var delta: Double { 1 / Double(inverseDelta) }

    /// Says that the noise would have a greater sigma than there can be, and what would do.
    ///
    /// - Parameters:
    ///   - least: what the greatest sigma costs.
    ///   - instead: what else would do.
    func tooMuchNoise(least: ConcentratedPrivacy, instead: String?) -> ValidationError {
        let possible = least.epsilon(delta: delta)
        let greater = possible <= Self.greatestEpsilon ? "--epsilon \(PrivacyWords.epsilon(possible)) or more" : nil
        return ValidationError(
            "--epsilon \(PrivacyWords.epsilon(epsilon)) would need more noise than there can be, a sigma above "
                + "\(NoiseVariance.greatestSigma): give "
                + [greater, instead].compactMap(\.self).joined(separator: ", or "))
    }

    /// With more nothing is promised.
    static let greatestEpsilon = 100.0
}

/// A small chance, one divided by a whole number.
struct Delta: Equatable {
    /// One divided by it.
    let inverse: UInt64
    /// Whether what was given is no such number, and a little more.
    let isRounded: Bool
    /// As it was given.
    let text: String

    static let usual = Delta(inverse: 100_000_000, isRounded: false, text: "1e-8")

    private init(inverse: UInt64, isRounded: Bool, text: String) {
        self.inverse = inverse
        self.isRounded = isRounded
        self.text = text
    }

    /// Reads `1e-8`, `2.5e-9` or `0.00000001`; nil for other forms and for what is not above 0 and at most 0.001.
    init?(_ text: String) {
        guard let (digits, power) = Self.decimal(text), digits > 0, power < 38 else { return nil }
        let whole = (0..<power).reduce(UInt128(1)) { product, _ in 10 * product }
        let (quotient, rest) = whole.quotientAndRemainder(dividingBy: UInt128(digits))
        guard let inverse = UInt64(exactly: rest == 0 ? quotient : quotient + 1), inverse >= 1000 else { return nil }
        self.init(inverse: inverse, isRounded: rest != 0, text: text)
    }

    /// The number as digits divided by a power of ten.
    private static func decimal(_ text: String) -> (digits: UInt64, power: Int)? {
        let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let mantissa = (parts.first ?? "").split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let digits = (mantissa.first ?? "") + fraction
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, (-100...0).contains(exponent) else { return nil }
        // A zero at the end of a fraction changes nothing, and would only make the numbers greater.
        let short = fraction.reversed().drop { $0 == "0" }.reversed()
        return UInt64((mantissa.first ?? "") + short).map { ($0, short.count - exponent) }
    }
}

extension Form {
    /// An epsilon.
    static let epsilon: @Sendable (String) throws -> Double = { text in
        let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard isNumber, let epsilon = Double(text), epsilon > 0, epsilon <= PrivacyPromise.greatestEpsilon else {
            throw ValidationError("give a number above 0 and at most 100, such as 2 or 0.5")
        }
        return epsilon
    }

    /// A delta.
    static let delta: @Sendable (String) throws -> Delta = { text in
        guard let delta = Delta(text) else {
            throw ValidationError("give a number above 0 and at most 0.001, such as 1e-8 or 0.00000001")
        }
        return delta
    }
}
