// How a walk whose steps are counted spends them.
extension WalkPace {
    /// How many bits the next step takes, so that a walk with `stepsLeft` more steps gets down to the leaf soonest.
    ///
    /// While the steps are enough at the best width this is that width. Where they are not, each level that this step
    /// does not pass must be passed by a later one, and costs more there the more prefixes are extended: wide steps belong
    /// where few prefixes are open. The rest is taken to be split evenly, with `expected` open prefixes.
    ///
    /// - Parameters:
    ///   - expected: how many prefixes later steps extend, as far as anybody knows.
    ///   - stepsLeft: the steps of the walk that are left, this one and the leaf's among them; at least 1.
    package func budgetedBits(
        open: Int, complete: Int, expected: Int, levelsLeft: Int, stepsLeft: Int, reports: UInt64,
        atMost most: Int = widest
    ) -> Int {
        let quickest = quickestBits(
            open: open, complete: complete, levelsLeft: levelsLeft, reports: reports, atMost: most)
        guard stepsLeft < levelsLeft else { return quickest }
        let line = fit()
        let needed = (levelsLeft + stepsLeft - 1) / stepsLeft
        let widest = min(max(widestPermitted(open, complete, reports), needed), max(1, most))
        guard levelsLeft > 2 * Self.widest else {
            return lastSteps(open, complete, levelsLeft, stepsLeft: stepsLeft, widest, line)
        }
        func seconds(_ open: Int, _ bits: Int) -> Double {
            line.seconds(WalkWork.ofStep(open: open, complete: complete, bits: bits))
        }
        let widths = 1...max(1, min(most, Self.widest))
        let later = widths.min { seconds(expected, $0) / Double($0) < seconds(expected, $1) / Double($1) } ?? 1
        guard quickest + (stepsLeft - 1) * later < levelsLeft else { return quickest }
        /// The steps that pass so many levels, of lengths that differ by one at most: no other split costs less.
        func rest(_ levels: Int) -> Double {
            let steps = min(stepsLeft - 1, (levels + later - 1) / later)
            guard steps > 0 else { return levels == 0 ? 0 : .infinity }
            let (length, longer) = levels.quotientAndRemainder(dividingBy: steps)
            return Double(longer) * seconds(expected, length + 1) + Double(steps - longer) * seconds(expected, length)
        }
        let best = (1...widest).min {
            seconds(open, $0) + rest(levelsLeft - $0) < seconds(open, $1) + rest(levelsLeft - $1)
        }
        return max(quickest, best ?? 1)
    }

    /// The first of at most `stepsLeft` steps that lead to the leaf soonest, whose candidates cost many times those above
    /// it.
    func lastSteps(
        _ open: Int, _ complete: Int, _ levelsLeft: Int, stepsLeft: Int, _ widest: Int, _ line: Line
    ) -> Int {
        let levels = max(1, levelsLeft)
        // The seconds for so many levels with as many steps as rounds were made, and the first of them.
        var soonest = [0.0] + Array(repeating: Double.infinity, count: levels)
        var first = [Int](repeating: 1, count: levels + 1)
        for _ in 0..<max(1, min(stepsLeft, levels)) {
            let before = soonest
            for left in 1...levels {
                func total(_ bits: Int) -> Double {
                    let work = WalkWork.ofStep(open: open, complete: complete, bits: bits, toLeaf: bits == left)
                    return line.seconds(work) + before[left - bits]
                }
                // The same length in another order takes as long: wide steps first.
                let best = (1...min(left, widest)).reversed().min { total($0) < total($1) } ?? 1
                soonest[left] = total(best)
                first[left] = best
            }
        }
        return first[levels]
    }
}
