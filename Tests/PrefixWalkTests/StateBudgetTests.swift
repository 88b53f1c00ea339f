import Foundation
import PopulusKernels
import PopulusVDAF
import PrefixWalk
import Synchronization
import Testing

/// Counts calls.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func increment() { count.withLock { $0 += 1 } }
}

/// State takes no more of memory and disk than it may, whatever is asked, and no byte of a step depends on it.
@Suite struct StateBudgetTests {
    /// Evaluators of both aggregators that share a budget each.
    struct Pair {
        let budgets: [StateBudget]
        let evaluators: [ShardEvaluator]

        init(_ fixture: WalkFixture, _ directory: String, make: () -> StateBudget) throws {
            let budgets = [make(), make()]
            self.budgets = budgets
            evaluators = try (0..<2).map { aggregator in
                try ShardEvaluator(
                    segment: fixture.segment(aggregatorID: aggregator, in: directory), verifyKey: fixture.verifyKey,
                    ctx: fixture.ctx, aggregatorID: aggregator, account: WalkAccount(budgets[aggregator]))
            }
        }
    }

    /// A walk with little room in memory and on disk, down to none: some steps begin at the state before, some at the root,
    /// and every message, verdict and sum is what the specification says.
    @Test(arguments: [(0, 0), (0, 8 << 10), (0, 12 << 10), (0, 24 << 10), (4 << 10, 8 << 10), (3000, 8 << 10)])
    func equalsSpecificationWithLittleRoom(memory: Int, disk: Int) throws {
        try withTemporaryDirectory { directory in
            var random = SplitMix(seed: 31)
            let fixture = try WalkFixture(bits: 24, reports: 19, seed: 31)
            let pair = try Pair(fixture, directory) {
                StateBudget(limitBytes: memory, spillDirectory: directory, diskLimitBytes: disk)
            }
            var comparison = WalkComparison(fixture, evaluators: pair.evaluators)
            for level in 0..<fixture.bits {
                let parameter = try fixture.candidates(
                    level: level, after: comparison.history.last, most: 30, using: &random)
                try comparison.step(parameter)
                #expect(pair.budgets.allSatisfy { $0.usedBytes <= memory && $0.diskBytes <= disk })
                let onDisk = pair.budgets.reduce(0) { $0 + $1.diskBytes }
                if SpilledFiles.areVisible { #expect(SpilledFiles.bytes(in: directory) <= onDisk) }
            }
            #expect(pair.budgets.allSatisfy { $0.diskBytes == 0 && $0.usedBytes == 0 })
            #expect(SpilledFiles.bytes(in: directory) == 0)
            let dropped = pair.budgets.allSatisfy { $0.droppedStates > 0 }
            #expect(dropped == (disk < 24 << 10), "\(pair.budgets.map(\.droppedStates))")
        }
    }

    /// A Collector that asks for as many candidates as it can: several shards, each of whose state would be a multiple of
    /// what is allowed for all.
    @Test func aGreedyCollectorStaysInBounds() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 16, reports: 200, seed: 41)
            let disk = 4 << 20
            let budget = StateBudget(limitBytes: 1 << 20, spillDirectory: directory, diskLimitBytes: disk)
            let roomy = StateBudget(limitBytes: 1 << 30)
            let segment = try fixture.segment(aggregatorID: 0, in: directory)
            func evaluator(_ account: WalkAccount) throws -> ShardEvaluator {
                try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0, account: account)
            }
            let all = ReportBitmap(count: fixture.reports.count, filled: true)
            let account = WalkAccount(budget)
            let shards = try (0..<6).map { _ in try evaluator(account) }
            let reference = try evaluator(WalkAccount(roomy))
            var history: [Poplar1AggregationParameter] = []
            var most = 0
            for level in [3, 8, 11, 12] {
                let parameter = try Self.wholeLevel(level)
                let expected = try reference.evaluate(parameter, history: history, live: all)
                let steps = try shards.map { try $0.evaluate(parameter, history: history, live: all) }
                #expect(budget.usedBytes <= budget.limitBytes && budget.diskBytes <= disk)
                #expect(SpilledFiles.bytes(in: directory) <= budget.diskBytes)
                most = max(most, budget.diskBytes)
                let outcome = try expected.finish(accepted: all)
                for step in steps {
                    #expect(step.verifierShares == expected.verifierShares)
                    #expect(try step.finish(accepted: all).aggregateShare == outcome.aggregateShare)
                }
                history.append(parameter)
            }
            // The disk was used, and more was wanted than there is.
            #expect(most > disk / 8 && budget.droppedStates > 0)
            shards.forEach { $0.dropCarriedState() }
            #expect(budget.diskBytes == 0 && SpilledFiles.bytes(in: directory) == 0)
        }
    }

    /// All prefixes of a level.
    private static func wholeLevel(_ level: Int) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(
            level: level,
            prefixes: (0..<(1 << (level + 1))).map { value in
                Prefix(bits: (0...level).map { value >> (level - $0) & 1 == 1 })
            })
    }

    /// Where the disk is full before the budget is, state is dropped, and its room is free for others at once.
    @Test func aFullDiskDropsState() throws {
        try withTemporaryDirectory { directory in
            guard let disk = try TinyDisk(in: directory, bytes: 16 << 10) else { return }
            var random = SplitMix(seed: 51)
            let fixture = try WalkFixture(bits: 12, reports: 40, seed: 51)
            let pair = try Pair(fixture, directory) { StateBudget(limitBytes: 0, spillDirectory: disk.path) }
            var comparison = WalkComparison(fixture, evaluators: pair.evaluators)
            for level in 0..<fixture.bits {
                try comparison.step(
                    fixture.candidates(level: level, after: comparison.history.last, most: 30, using: &random))
            }
            #expect(pair.budgets.contains { $0.droppedStates > 0 })
            #expect(pair.budgets.allSatisfy { $0.diskBytes == 0 })
        }
    }

    /// The same where no file can be made at all; an operator hears of it once.
    @Test func aMissingFolderDropsState() throws {
        try withTemporaryDirectory { directory in
            let said = Counter()
            let fixture = try WalkFixture(bits: 6, reports: 9, seed: 61)
            let pair = try Pair(fixture, directory) {
                StateBudget(limitBytes: 0, spillDirectory: directory + "/none", onFirstDrop: { said.increment() })
            }
            var random = SplitMix(seed: 61)
            var comparison = WalkComparison(fixture, evaluators: pair.evaluators)
            for level in 0..<fixture.bits {
                try comparison.step(
                    fixture.candidates(level: level, after: comparison.history.last, most: 9, using: &random))
            }
            #expect(pair.budgets.allSatisfy { $0.droppedStates == 5 && $0.diskBytes == 0 })
            #expect(said.value == 2)
        }
    }
}
