import Foundation
import WalkSimulation

/// Prints a line for each thing that was promised, and counts those that were not kept.
struct Figures {
    private(set) var failures = 0

    private mutating func line(_ what: String, _ seen: String, wanted: String, holds: Bool) {
        if !holds { failures += 1 }
        print("  \(holds ? "ok  " : "FAIL") \(what): \(seen) (wanted: \(wanted))")
    }

    private func number(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

    private func percent(_ part: Int, of all: Int) -> String { number(100 * Double(part) / Double(max(1, all))) + " %" }

    /// Walks without noise, of which those count that never left more prefixes than the guarantee permits.
    mutating func show(_ outcomes: [BudgetTrial.Outcome], threshold: UInt64, limit: Int) {
        let covered = outcomes.filter { $0.mostSurvivors <= limit }
        let popular = covered.reduce(0) { $0 + $1.popular }
        let steps = covered.map(\.steps).max() ?? 0
        line(
            "threshold \(threshold), \(outcomes.count) walks of at most \(steps) steps, at most "
                + "\(outcomes.map(\.mostSurvivors).max() ?? 0) survivors of \(limit)",
            "\(covered.reduce(0) { $0 + $1.cutOff }) of \(popular) popular strings cut off", wanted: "0 of at least 1",
            holds: covered.allSatisfy { $0.cutOff == 0 } && popular > 0)
    }

    /// Walks with noise.
    mutating func show(_ tally: NoisyTally, of task: NoisyTask, seconds: Double) {
        let bounds = task.planner.bounds
        let threshold = task.threshold
        print(
            """

            with noise, \(bounds.maxSteps) steps: sigma \(number(task.variance.sigma, 1)), threshold \(threshold), margin \
            \(bounds.thresholdMargin), a count deviates by \(number(task.deviation, 1)); \(tally.walks) walks, in the mean \
            \(tally.steps / tally.walks) steps and \(tally.candidates / tally.walks) candidates, took \(number(seconds, 0)) s
            """)
        line(
            "strings with exactly \(threshold) votes that are listed",
            "\(tally.planted.listed) of \(tally.planted.all), \(percent(tally.planted.listed, of: tally.planted.all))",
            wanted: "at least 99 %", holds: 100 * tally.planted.listed >= 99 * tally.planted.all)
        line(
            "walks that list a string that nobody holds", percent(tally.withNobodys, of: tally.walks),
            wanted: "at most 1 %", holds: 100 * tally.withNobodys <= tally.walks)
        let expected = 100 * tally.expectedCoverage
        let seen = 100 * Double(tally.leaf.covered) / Double(max(1, tally.leaf.all))
        line(
            "intervals that hold the votes, of \(tally.leaf.all) candidates at the leaf", "\(number(seen)) %",
            wanted: "\(number(expected)) % within half a point", holds: abs(seen - expected) <= 0.5)
        line(
            "the fewest votes of a string that is listed", "\(tally.fewestVotesListed)",
            wanted: "at least \(number(tally.fewestVotesPermitted, 1))",
            holds: Double(tally.fewestVotesListed) >= tally.fewestVotesPermitted)
        line(
            "strings with at least 1.5 times the threshold that are not listed",
            "\(tally.popular.missed) of \(tally.popular.all)", wanted: "0 of at least 1",
            holds: tally.popular.missed == 0 && tally.popular.all > 0)
        line(
            "walks that ended before every string that survived", "\(tally.cutOff)", wanted: "0",
            holds: tally.cutOff == 0)
    }
}
