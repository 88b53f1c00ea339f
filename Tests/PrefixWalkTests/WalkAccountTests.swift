import Dispatch
import Foundation
import PopulusVDAF
import PrefixWalk
import Synchronization
import Testing

/// Walks of one process: each has its plans and its buffers, and all of them one budget.
@Suite struct WalkAccountTests {
    /// A walk of several shards, all of them over the same reports, by one aggregator.
    private final class Walk {
        let fixture: WalkFixture
        let account: WalkAccount
        private(set) var shards: [ShardEvaluator]
        private var history: [Poplar1AggregationParameter] = []
        /// The same reports evaluated with room of their own.
        private let reference: ShardEvaluator

        init(_ budget: StateBudget, shards: Int, reports: Int, seed: UInt64, in directory: String) throws {
            let fixture = try WalkFixture(bits: 16, reports: reports, seed: seed)
            let account = WalkAccount(budget)
            let folder = directory + "/\(seed)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let segment = try fixture.segment(aggregatorID: 0, in: folder)
            func evaluator(_ account: WalkAccount) throws -> ShardEvaluator {
                try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0, account: account)
            }
            self.fixture = fixture
            self.account = account
            self.shards = try (0..<shards).map { _ in try evaluator(account) }
            reference = try evaluator(.standard())
        }

        /// Goes on to all prefixes of a level, and compares.
        func step(to level: Int) throws {
            let parameter = try Poplar1AggregationParameter(
                level: level,
                prefixes: (0..<(1 << (level + 1))).map { value in
                    Prefix(bits: (0...level).map { value >> (level - $0) & 1 == 1 })
                })
            let all = ReportBitmap(count: fixture.reports.count, filled: true)
            let expected = try reference.evaluate(parameter, history: history, live: all)
            let share = try expected.finish(accepted: all).aggregateShare
            let before = history
            let evaluators = shards
            let steps = Mutex([ShardStep?](repeating: nil, count: evaluators.count))
            DispatchQueue.concurrentPerform(iterations: evaluators.count) { index in
                // A failure shows as a step that is missing.
                let step = try? evaluators[index].evaluate(parameter, history: before, live: all)
                steps.withLock { $0[index] = step }
            }
            for index in evaluators.indices {
                let step = try #require(steps.withLock { $0[index] })
                #expect(step.verifierShares == expected.verifierShares)
                #expect(try step.finish(accepted: all).aggregateShare == share)
            }
            history.append(parameter)
        }

        func end() { shards = [] }
    }

    /// The limits hold in sum, and what finds no room changes no byte.
    @Test(arguments: [(0, 0), (0, 256 << 10), (256 << 10, 0), (256 << 10, 256 << 10)])
    func limitsHoldInSum(memory: Int, disk: Int) throws {
        try withTemporaryDirectory { directory in
            let budget = StateBudget(limitBytes: memory, spillDirectory: directory, diskLimitBytes: disk)
            let walks = try (0..<3).map { index in
                try Walk(budget, shards: 4, reports: 50 + index, seed: 71 + UInt64(index), in: directory)
            }
            for level in [2, 4, 7, 9] {
                for walk in walks {
                    try walk.step(to: level)
                    #expect(budget.usedBytes <= memory && budget.diskBytes <= disk)
                    #expect(walks.reduce(0) { $0 + $1.account.pooledBytes } == budget.pooledBytes)
                    #expect(budget.pooledBytes <= budget.pooledLimitBytes)
                    if SpilledFiles.areVisible { #expect(SpilledFiles.bytes(in: directory) <= disk) }
                }
            }
            #expect(budget.droppedStates > 0)
            walks.forEach { $0.end() }
            #expect(budget.usedBytes == 0 && budget.diskBytes == 0 && budget.pooledBytes == 0)
        }
    }

    /// A walk's end takes its buffers and its plans with it; those of the other stay.
    @Test func aWalksEndFreesWhatItHas() throws {
        try withTemporaryDirectory { directory in
            let budget = StateBudget(limitBytes: 64 << 20)
            let one = try Walk(budget, shards: 3, reports: 60, seed: 81, in: directory)
            let other = try Walk(budget, shards: 2, reports: 70, seed: 82, in: directory)
            for level in [3, 6] {
                try one.step(to: level)
                try other.step(to: level)
            }
            let kept = (buffers: other.account.pooledBytes, state: budget.usedBytes)
            #expect(one.account.pooledBytes > 0 && kept.buffers > 0)
            #expect(one.account.planCounts == (2, 2) && other.account.planCounts == (2, 2))
            one.end()
            #expect(one.account.pooledBytes == 0 && one.account.planCounts.kept == 0)
            #expect(other.account.pooledBytes == kept.buffers && other.account.planCounts == (2, 2))
            #expect(budget.pooledBytes == kept.buffers)
            #expect(budget.usedBytes > 0 && budget.usedBytes < kept.state)
            try other.step(to: 7)
            other.end()
            #expect(budget.pooledBytes == 0 && budget.usedBytes == 0)
        }
    }

    /// Every shard of a walk uses the plan that the first of them made, with ten other walks in between.
    @Test func aPlanIsMadeOnceAWalk() throws {
        try withTemporaryDirectory { directory in
            let budget = StateBudget(limitBytes: 64 << 20)
            let walk = try Walk(budget, shards: 12, reports: 20, seed: 90, in: directory)
            let others = try (0..<10).map {
                try Walk(budget, shards: 1, reports: 10, seed: 91 + UInt64($0), in: directory)
            }
            for (index, level) in [1, 3, 4, 6, 8].enumerated() {
                try walk.step(to: level)
                for other in others { try other.step(to: level) }
                #expect(walk.account.planCounts.made == index + 1)
                #expect(others.allSatisfy { $0.account.planCounts.made == index + 1 })
            }
        }
    }
}
