import PopulusDAP

/// How long a walk takes at most, from what was measured once.
///
/// The model and its figures are those of *How cost grows* in <doc:Benchmarks>.
struct WalkTime {
    /// What the figures are of.
    static let machine = "two cores of an AMD EPYC with AVX2 and VAES, one for each aggregator"

    /// Seconds of an aggregator's processor for a candidate at an inner level and a report.
    private static let candidate = 11e-9
    /// The same for a candidate at the leaf.
    private static let leaf = 0.22e-6
    /// The same for a report at a step, whatever is asked.
    private static let fixed = 0.6e-6
    /// The same for taking a report in.
    private static let intake = 0.13e-3
    /// What a node on the way to a candidate costs, in candidates.
    private static let passed = 0.3
    /// Seconds of a step for round trips and waits for the disk.
    private static let step = 0.03

    let seconds: Double

    /// The steps have one width, the least with which the walk reaches its end.
    ///
    /// - Parameter strings: how many prefixes go on at each step.
    init(reports: UInt64, strings: Int, bits: Int, reach: WalkReach, steps: Int) {
        let rest = max(0, bits - reach.first)
        let width = max(1, min(reach.width, (rest + steps - 2) / max(1, steps - 1)))
        let inner = min(steps - 2, max(0, (rest - 1) / width))
        let candidates = Double(strings) * (Double(1 << width) + Self.passed * Double((1 << width) - 2))
        let first = Double(1 << reach.first)
        let perReport =
            Self.intake + Self.candidate * first + Self.leaf * Double(strings * (1 << min(width, 4)))
            + Double(inner) * (Self.fixed + Self.candidate * candidates)
        seconds = Double(reports) * perReport + Double(inner + 2) * Self.step
    }

    /// In the greatest unit that leaves two digits or one: `40 s`, `3 min`, `2 h`.
    var text: String {
        let (unit, name): (Double, String) =
            switch seconds {
            case ..<100: (1, "s")
            case ..<6000: (60, "min")
            case ..<360_000: (3600, "h")
            default: (86_400, "days")
            }
        let number = max(1, seconds / unit)
        return number < 1e15 ? "\(Int(number.rounded())) \(name)" : "ages"
    }
}
