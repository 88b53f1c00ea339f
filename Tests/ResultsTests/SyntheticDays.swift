import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import Results
import ResultsHarness

/// Fourteen days of batches whose truth is known, with changes planted in them.
struct SyntheticDays {
    /// What was planted on a day, against the day before.
    struct Planted: Hashable {
        let day: UInt64
        let change: Change
        let value: String
    }

    static let days: ClosedRange<UInt64> = 1...14
    static let votes: UInt64 = 400
    static let margin: UInt64 = 150

    static let planted: [Planted] = [
        Planted(day: 3, change: .new, value: "https://new.example/crash"),
        Planted(day: 5, change: .risen, value: page(7)), Planted(day: 5, change: .fallen, value: page(8)),
        Planted(day: 8, change: .gone, value: page(9)), Planted(day: 9, change: .fallen, value: page(7)),
        Planted(day: 10, change: .gone, value: "https://new.example/crash"),
        Planted(day: 12, change: .new, value: page(9)), Planted(day: 14, change: .risen, value: page(8)),
    ]

    static func page(_ number: Int) -> String { "https://host-\(number % 5).example/pages/\(number)" }

    /// The true counts of a day.
    static func truth(_ day: UInt64) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for number in 0..<40 { counts[page(number)] = 1_000 + 25 * Int64(number) }
        counts[page(7)] = (5...8).contains(day) ? 2_600 : 1_175
        counts[page(8)] = (5...13).contains(day) ? 600 : 1_800
        counts[page(9)] = (8...11).contains(day) ? 40 : 1_225
        counts["https://new.example/crash"] = (3...9).contains(day) ? 900 : 3
        // Strings near the cut, which noise lifts over it now and then.
        for number in 0..<20 { counts["near \(number)"] = 230 + Int64(number) }
        for number in 0..<200 { counts["rare \(number)"] = 1 + Int64(number) % 20 }
        return counts
    }

    /// What noise does to a count.
    enum Noise {
        case none
        /// Within the half-width: where every interval is right.
        case within
        /// As it is drawn.
        case all
    }

    /// The walks of all days; equal seeds give equal walks.
    static func walks(_ task: KeptTask, _ noise: Noise, seed: UInt64 = 11) throws -> [WalkRecord] {
        var generator = SplitMix(state: seed)
        let facts = noise == .none ? nil : Sample.noise
        let least = Int64(votes - (noise == .none ? 0 : margin))
        return days.map { day in
            let counted = truth(day).sorted { $0.key < $1.key }.map { value, count in
                Sample.string(value, count + draw(noise, using: &generator))
            }
            return Sample.walk(
                task, day: day, counted.filter { $0.count >= least }, votes: votes,
                margin: noise == .none ? 0 : margin, noise: facts, reports: 1_000_000)
        }
    }

    /// The noise of both aggregators.
    private static func draw(_ noise: Noise, using generator: inout SplitMix) -> Int64 {
        guard noise != .none, let variance = Sample.variance, let facts = Sample.noise else { return 0 }
        let gaussian = DiscreteGaussian(variance: variance)
        while true {
            let drawn = gaussian.sample(using: &generator) + gaussian.sample(using: &generator)
            if noise == .all || drawn.magnitude <= facts.halfWidth { return drawn }
        }
    }
}

/// A generator whose seed makes a failure repeatable.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
