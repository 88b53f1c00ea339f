/// How long the steps of a walk took, and what that says about the next ones.
///
/// A step takes a fixed time (round trips, durable writes, a fixed part for each report) and a time in proportion to its
/// work. Both are estimated from the steps so far.
package struct WalkPace: Hashable, Sendable, Codable {
    /// One step's work and time.
    struct Sample: Hashable, Sendable, Codable {
        var work: Double
        var seconds: Double
    }

    /// The latest steps, at most eight; the first step is not among them since it takes the reports in.
    private var samples: [Sample] = []

    package init() {}

    /// AES blocks and verification for one survivor that is extended by `bits` bits.
    ///
    /// A skipped level costs two blocks a child, a level that is asked three blocks a child and its verification,
    /// which is worth about one and a half more.
    private static func work(bits: Int) -> Double {
        let asked = Double(1 << bits) * 4.5
        let skipped = Double((1 << bits) - 2) * 2
        return asked + skipped
    }

    /// The work of a step with `open` prefixes that are extended and `complete` ones that stay.
    package static func work(open: Int, complete: Int, bits: Int) -> Double {
        Double(open) * work(bits: bits) + Double(complete) * (4.5 + 2 * Double(bits - 1))
    }

    /// Remembers a step.
    package mutating func record(work: Double, seconds: Double) {
        guard work > 0, seconds > 0 else { return }
        samples.append(Sample(work: work, seconds: seconds))
        if samples.count > 8 { samples.removeFirst() }
    }

    /// The number of bits, 1 to 8, that takes the least time a level.
    package func quickestBits(open: Int, complete: Int) -> Int {
        let model = fit()
        func secondsPerLevel(_ bits: Int) -> Double {
            (model.fixed + model.perWork * Self.work(open: open, complete: complete, bits: bits)) / Double(bits)
        }
        return (1...8).min { secondsPerLevel($0) < secondsPerLevel($1) } ?? 1
    }

    /// The seconds of one step.
    package func seconds(open: Int, complete: Int, bits: Int) -> Double {
        let model = fit()
        return model.fixed + model.perWork * Self.work(open: open, complete: complete, bits: bits)
    }

    /// A line through the samples with neither a negative fixed part nor a negative slope.
    ///
    /// Without enough samples, or with samples that are all alike, half of the mean time counts as fixed.
    private func fit() -> (fixed: Double, perWork: Double) {
        guard !samples.isEmpty else { return (0.05, 0.05 / Self.work(open: 20, complete: 0, bits: 2)) }
        let count = Double(samples.count)
        let meanWork = samples.reduce(0) { $0 + $1.work } / count
        let meanSeconds = samples.reduce(0) { $0 + $1.seconds } / count
        let spread = samples.reduce(0) { $0 + ($1.work - meanWork) * ($1.work - meanWork) }
        guard spread > meanWork * meanWork * count / 100 else {
            return (meanSeconds / 2, meanSeconds / 2 / meanWork)
        }
        let together = samples.reduce(0) { $0 + ($1.work - meanWork) * ($1.seconds - meanSeconds) }
        // Neither part may vanish: an estimate of nothing would send the choice to an end of its range for good.
        let slope = min(max(together / spread, 0.1 * meanSeconds / meanWork), 0.9 * meanSeconds / meanWork)
        return (meanSeconds - slope * meanWork, slope)
    }
}
