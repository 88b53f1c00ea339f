import ArgumentParser
import Foundation
import PopulusStringCodec
import WalkSimulation

/// Shows what walks find, many times over, without cryptography: the Collector's planner through plaintext counts.
@main struct SimulateWalks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk-simulation",
        abstract: "Walks through batches drawn from a list of strings, without cryptography, and checks the results.",
        discussion: """
            Strings are drawn by Zipf's law, the first line most often. First, without noise: how often a popular string \
            is cut off for want of steps. Then, with the noise of both aggregators in each count, at the least threshold: \
            what is listed, what is not, and how often an interval holds the votes. Each line says whether it is as \
            promised; the status is 1 if one is not. The same seed gives the same figures.
            """)

    @Argument(help: "One string a line, the most popular first.")
    var file: String

    @Option(help: "How strings become paths: \(StringEncodings.choices.joined(separator: ", ")).")
    var encoding = "url"

    @Option(help: "Bits of a path.")
    var bits = 256

    @Option(help: "Reports of a batch.")
    var reports = 100_000

    @Option(help: "The exponent of Zipf's law.")
    var exponent = 1.03

    @Option(help: "Walks with noise, for each number of steps.")
    var walks = 1_000

    @Option(help: "Batches without noise, for each threshold.")
    var batches = 20

    @Option(help: "The promise of a walk, with --delta.")
    var epsilon = 2.0

    @Option(help: "The promise of a walk, with --epsilon.")
    var delta = 1e-8

    @Option(help: "Steps of a walk with noise; may be given again. (default: a quarter and an eighth of the bits)")
    var maxSteps: [Int] = []

    @Option(help: "The most candidates of a step.")
    var maxCandidates = 65_536

    @Option(help: "Strings in each batch that have exactly the threshold.")
    var planted = 10

    @Option(help: "What all draws are made of.")
    var seed: UInt64 = 1

    func validate() throws {
        guard bits >= 2, reports > 0, walks > 0, batches > 0, planted > 0, maxCandidates >= 16 else {
            throw ValidationError("--bits is 2 at least, --max-candidates 16, and every other number 1")
        }
        guard maxSteps.allSatisfy({ $0 >= 2 }) else { throw ValidationError("a walk has two steps at least") }
        guard epsilon > 0, delta > 0, delta < 1 else {
            throw ValidationError("epsilon is above 0, delta between 0 and 1")
        }
    }

    func run() async throws {
        guard let name = StringEncodings.newestName(of: encoding),
            let encoding = StringEncodings.encoding(named: name, taskID: [UInt8](repeating: 0, count: 32))
        else {
            throw ValidationError("--encoding is one of \(StringEncodings.choices.joined(separator: ", "))")
        }
        let strings = try Data(contentsOf: URL(filePath: file)).split(separator: 0x0a)
            .map { [UInt8]($0.last == 0x0d ? $0.dropLast() : $0) }.filter { !$0.isEmpty }
        guard !strings.isEmpty else { throw ValidationError("\(file) has no lines") }
        let table = PathTable(strings, bits: bits, encoding: encoding)
        let law = ZipfLaw(count: strings.count, exponent: exponent)
        print(
            "\(strings.count) lines of \(file), seed \(seed); \(table.values.count) different ones have a path of "
                + "\(bits) bits in \(name)")
        var figures = Figures()
        await budget(BudgetTrial(table: table, encoding: encoding, law: law, seed: seed), &figures)
        for steps in maxSteps.isEmpty ? [max(2, (bits + 3) / 4), max(2, (bits + 7) / 8)] : maxSteps {
            guard
                let task = NoisyTask(
                    epsilon: epsilon, inverseDelta: UInt64((1 / delta).rounded(.up)), bits: bits, encoding: encoding,
                    maxSteps: steps, maxCandidates: maxCandidates)
            else { throw ValidationError("no noise is enough for epsilon \(epsilon) and delta \(delta)") }
            let trial = NoisyTrial(
                task: task, table: table, law: law, reports: reports, planted: planted, seed: seed)
            let start = ContinuousClock.now
            figures.show(await tally(trial), of: task, seconds: start.duration(to: .now) / .seconds(1))
        }
        print(figures.failures == 0 ? "\nall as promised" : "\nNOT as promised: \(figures.failures) of the lines above")
        if figures.failures > 0 { throw ExitCode(1) }
    }

    /// Walks without noise, at the default budget.
    private func budget(_ trial: BudgetTrial, _ figures: inout Figures) async {
        let steps = max(2, (bits + 3) / 4)
        let limit = maxCandidates / 16
        print("\nwithout noise, \(steps) steps of \(bits) bits, \(maxCandidates) candidates: nothing may be cut off")
        // From times that are all waiting to times that are all work.
        let paces: [@Sendable (Double) -> Double] = [{ 1 + 1e-6 * $0 }, { 0.01 + 1e-3 * $0 }, { 1e-4 * $0 }]
        for threshold in [reports / 250, reports / 1_000, reports / 10_000].map({ UInt64(max(2, $0)) }) {
            let outcomes = await withTaskGroup(of: BudgetTrial.Outcome.self) { group in
                for walk in 0..<batches {
                    group.addTask { [reports, maxCandidates] in
                        trial.outcome(
                            walk: walk, reports: reports, threshold: threshold, maxSteps: steps,
                            maxCandidates: maxCandidates, seconds: paces[walk % paces.count])
                    }
                }
                return await group.reduce(into: [BudgetTrial.Outcome]()) { $0.append($1) }
            }
            figures.show(outcomes, threshold: threshold, limit: limit)
        }
    }

    /// All walks with noise, on all cores.
    private func tally(_ trial: NoisyTrial) async -> NoisyTally {
        await withTaskGroup(of: NoisyTally.self) { group in
            for first in stride(from: 0, to: walks, by: 10) {
                group.addTask { [walks] in trial.tally(walks: first..<min(first + 10, walks)) }
            }
            return await group.reduce(into: NoisyTally(trial.task)) { $0.add($1) }
        }
    }
}
