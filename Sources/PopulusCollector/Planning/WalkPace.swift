/// How long the steps of a walk took, and what that says about the next ones.
///
/// A step takes a fixed time (round trips, waits for the disk, a fixed part for each report) and a time in proportion to
/// its work. A line through the steps so far gives both; each width of step keeps its own mean, so that the line does not
/// rest on the latest width alone.
package struct WalkPace: Hashable, Sendable, Codable {
    /// What the steps of one width took in the mean; later ones weigh more.
    struct Mean: Hashable, Sendable, Codable {
        var work: Double
        var seconds: Double
        var count: Int
        /// Whether all there is is a step after a wider one; nothing in states of earlier versions.
        var isAfterWider: Bool?

        mutating func add(work: Double, seconds: Double) {
            count += 1
            let weight = 1 / Double(min(count, WalkPace.memory))
            self.work += (work - self.work) * weight
            self.seconds += (seconds - self.seconds) * weight
        }
    }

    /// A line: the seconds of a step without work, and of each unit of work.
    struct Line {
        var fixed: Double
        var perWork: Double

        func seconds(_ work: Double) -> Double { fixed + perWork * work }
    }

    /// By the bits that a step moved on; the first step is not among them since it takes the reports in, nor is the leaf.
    private var means: [Int: Mean] = [:]
    /// The same of the steps after the walk's beginning, while that is not forgotten; nothing in states of earlier versions.
    private var later: [Int: Mean]? = [:]
    /// How many steps are among them; nothing in states of earlier versions, which forget none.
    private var steps: Int? = 0
    /// How many bits the latest step moved on; nothing in states of earlier versions.
    private var latest: Int?

    /// How many steps a mean remembers.
    private static let memory = 6
    /// After twice as many steps these first ones are forgotten: there the aggregators take the memory that later steps have
    /// already, so a width could look slow for the rest of the walk.
    private static let beginning = 6
    /// The widest step that is chosen.
    package static let widest = 8
    /// How many times as much work as any step so far the next one may be: what was not measured may be wrong.
    private static let leap = 2.5

    package init() {}

    /// Remembers a step that moved `bits` bits on.
    ///
    /// After a wider step the aggregators begin at nodes that are far apart, so it takes longer than others of its width. It counts
    /// only until there is another one.
    package mutating func record(bits: Int, work: Double, seconds: Double) {
        guard bits > 0, work > 0, seconds > 0 else { return }
        let step = (steps ?? 0) + 1
        steps = step
        let isAfterWider = latest.map { $0 > bits } ?? false
        latest = bits
        Self.add(&means, bits, work: work, seconds: seconds, isAfterWider: isAfterWider)
        guard var later, step > Self.beginning else { return }
        Self.add(&later, bits, work: work, seconds: seconds, isAfterWider: isAfterWider)
        if step >= 2 * Self.beginning { (means, self.later) = (later, nil) } else { self.later = later }
    }

    private static func add(
        _ means: inout [Int: Mean], _ bits: Int, work: Double, seconds: Double, isAfterWider: Bool
    ) {
        var mean = means[bits] ?? Mean(work: work, seconds: seconds, count: 0)
        if isAfterWider {
            guard mean.count == 0 else { return }
            mean.isAfterWider = true
        } else if mean.isAfterWider == true {
            mean = Mean(work: work, seconds: seconds, count: 0)
        }
        mean.add(work: work, seconds: seconds)
        means[bits] = mean
    }

    /// How many bits the next step takes, 1 to 8 and no more than the task permits, so that the walk ends soonest.
    ///
    /// It can be less than an even share of the levels that are left; `WalkPlanner` takes that share at least. More would
    /// not be quicker: at an unchanged number of open prefixes a step costs twice as much for each bit, so that steps of
    /// one length cost least together.
    ///
    /// - Parameters:
    ///   - open: the prefixes that are extended.
    ///   - complete: the prefixes that stay as they are.
    ///   - levelsLeft: the levels down to the leaf, at least 1.
    ///   - stepsLeft: the steps of the walk that are left, this one and the leaf's among them; at least 1.
    ///   - most: the most bits that the task permits, at least 1.
    package func quickestBits(
        open: Int, complete: Int, levelsLeft: Int, stepsLeft: Int = .max, atMost most: Int = widest
    ) -> Int {
        let line = fit()
        let widest = min(widestPermitted(open, complete), max(1, most))
        guard levelsLeft > 2 * Self.widest else {
            return lastSteps(open, complete, max(1, levelsLeft), stepsLeft, widest, line)
        }
        func secondsPerLevel(_ bits: Int) -> Double {
            line.seconds(WalkWork.ofStep(open: open, complete: complete, bits: bits)) / Double(bits)
        }
        let best = (1...widest).min { secondsPerLevel($0) < secondsPerLevel($1) } ?? 1
        return widthToTry(besides: best, upTo: widest, secondsPerLevel) ?? best
    }

    /// The widest step whose work is not far from all that was measured.
    ///
    /// What the aggregators keep from step to step does not bound it: where there is little room that is a node for each
    /// prefix that is extended, whatever the width.
    private func widestPermitted(_ open: Int, _ complete: Int) -> Int {
        let greatest = means.isEmpty ? .infinity : means.values.map(\.work).max() ?? 0
        let most = max(Self.leap * greatest, 2 * WalkWork.report)
        return (2...Self.widest).last { bits in
            WalkWork.ofStep(open: open, complete: complete, bits: bits) <= most
        } ?? 1
    }

    /// A neighbour of the best width that was hardly tried and may be as good: one step of a hundred tells.
    ///
    /// A wider one is twice the work to try.
    private func widthToTry(besides best: Int, upTo widest: Int, _ secondsPerLevel: (Int) -> Double) -> Int? {
        guard means[best]?.count ?? 0 >= 2 else { return nil }
        return [best + 1, best - 1].first { width in
            // What was seen after a wider step alone says little.
            let much = width > best ? 1.1 : means[width]?.isAfterWider == true ? 1.5 : 1.25
            return (1...widest).contains(width) && means[width]?.count ?? 0 < 2
                && secondsPerLevel(width) < much * secondsPerLevel(best)
        }
    }

    /// The first of at most `stepsLeft` steps that lead to the leaf soonest, whose candidates cost many times those above
    /// it.
    private func lastSteps(
        _ open: Int, _ complete: Int, _ levelsLeft: Int, _ stepsLeft: Int, _ widest: Int, _ line: Line
    ) -> Int {
        // For each number of levels the seconds with as many steps as rounds were made, and the first of these steps.
        var soonest = [0.0] + Array(repeating: Double.infinity, count: levelsLeft)
        var first = [Int](repeating: widest, count: levelsLeft + 1)
        for _ in 0..<max(1, min(stepsLeft, levelsLeft)) {
            let before = soonest
            for levels in 1...levelsLeft {
                func total(_ bits: Int) -> Double {
                    let work = WalkWork.ofStep(open: open, complete: complete, bits: bits, toLeaf: bits == levels)
                    return line.seconds(work) + before[levels - bits]
                }
                // The same length in another order takes as long: wide steps first.
                let best = (1...min(levels, widest)).reversed().min { total($0) < total($1) } ?? 1
                soonest[levels] = total(best)
                first[levels] = best
            }
        }
        return first[levelsLeft]
    }

    /// A line through the means, with bounds on both parts.
    ///
    /// One mean alone gives one point; then the fixed part is that of reports without waits.
    private func fit() -> Line {
        // Relative errors are alike: short steps weigh as much as long ones.
        var (weights, works, times, squares, products) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for mean in means.values {
            let weight = Double(min(mean.count, Self.memory)) / (mean.seconds * mean.seconds)
            weights += weight
            works += weight * mean.work
            times += weight * mean.seconds
            squares += weight * mean.work * mean.work
            products += weight * mean.work * mean.seconds
        }
        guard weights > 0 else { return Line(fixed: WalkWork.report, perWork: 1) }
        let (work, seconds) = (works / weights, times / weights)
        let spread = squares / weights - work * work
        // Neither part may vanish: an estimate of nothing would send the choice to an end of its range for good.
        let steepest = seconds / (work + WalkWork.report / 2)
        guard spread > work * work / 100 else {
            let perWork = seconds / (work + 2 * WalkWork.report)
            return Line(fixed: 2 * WalkWork.report * perWork, perWork: perWork)
        }
        let slope = (products / weights - work * seconds) / spread
        let perWork = min(max(slope, 0.05 * seconds / work), steepest)
        return Line(fixed: seconds - perWork * work, perWork: perWork)
    }
}

/// The work of a step for each report, in candidates of an inner level.
///
/// As `walk-benchmark` measures it: a candidate has two AES blocks, its verification randomness and three
/// multiplications, a node above it two blocks.
package enum WalkWork {
    /// A node above the candidates: at a level that is skipped, or at the one of the question before, since candidates leave
    /// no state.
    static let passed = 0.3
    /// A candidate at the leaf, in the greater field.
    static let leaf = 15.0
    /// The fixed part of a report at a step: its sponge, its keys, its messages.
    static let report = 80.0

    /// A step with `open` prefixes that are extended by `bits` bits, and `complete` ones that stay.
    package static func ofStep(open: Int, complete: Int, bits: Int, toLeaf: Bool = false) -> Double {
        // Beyond what any bound permits the exact number does not matter.
        let width = Double(1 << min(max(bits, 0), 40))
        let asked = Double(open) * width + Double(complete)
        let above = Double(open) * (width - 1) + Double(complete) * Double(max(bits, 1))
        return asked * (toLeaf ? leaf : 1) + above * passed
    }
}
