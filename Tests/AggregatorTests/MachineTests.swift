import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import PrefixWalk
import Testing

/// What a process has once: its limits hold for all of its tasks together, and each walk has what is its own.
@Suite struct MachineTests {
    private static let notice = "node state finds no room in memory or on disk"

    /// Walks of several tasks at once, whose state would fill what all of them have together some times over.
    @Test func tasksShareTheLimits() async throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var settings = MachineSettings.forTests(spillDirectory: folder)
        (settings.stateMemoryBytes, settings.stateDiskBytes) = (12 << 10, 12 << 10)
        let log = LogRecorder()
        let machines = (
            leader: Machine.forTests(settings, clock: TestClock(), logger: log.logger()),
            helper: Machine.forTests(settings, clock: TestClock(), logger: log.logger())
        )
        let budgets = [machines.leader.budget, machines.helper.budget]
        let simulations = try (0..<6).map { _ in try Simulation(try TestTask(), machines: machines) }
        let watch = Task {
            var most = (memory: 0, disk: 0)
            while !Task.isCancelled {
                for budget in budgets {
                    most = (max(most.memory, budget.usedBytes), max(most.disk, budget.diskBytes))
                }
                await Task.yield()
            }
            return most
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for simulation in simulations {
                group.addTask {
                    try await simulation.upload(WholeWalkTests.values)
                    let found = try await simulation.walk(WholeWalkTests.values, threshold: 5)
                    #expect(found == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
                }
            }
            try await group.waitForAll()
        }
        watch.cancel()
        let most = await watch.value
        #expect(most.memory > 0 && most.memory <= settings.stateMemoryBytes, "\(most)")
        #expect(most.disk > 0 && most.disk <= settings.stateDiskBytes, "\(most)")
        #expect(budgets.allSatisfy { $0.droppedStates > 0 })
        // One line for each machine, however many tasks it has.
        #expect(log.lines.count { $0.contains(Self.notice) } == 2, "\(log.lines)")
        #expect(
            try await eventually {
                budgets.allSatisfy { $0.usedBytes == 0 && $0.diskBytes == 0 && $0.pooledBytes == 0 }
            })
    }

    /// All shards of a walk have the same account, which goes with the last of them.
    @Test func aWalkHasOneAccount() async throws {
        let simulation = try Simulation(try TestTask())
        let values = WholeWalkTests.values
        try await simulation.upload(values)
        let (walk, leader, helper) = (WalkID.random(), simulation.leader, simulation.helper)
        var survivors = [Prefix()]
        for (step, level) in [3, 7, 11, 15].enumerated() {
            let parameter = try Poplar1AggregationParameter(
                level: level, prefixes: survivors.flatMap { Simulation.extensions($0, to: level) })
            let answer = try await simulation.collect(walk, UInt16(step), parameter)
            survivors = zip(parameter.prefixes, answer.counts).filter { $0.1 >= 5 }.map(\.0)
            guard level < 15 else { break }
            // Four shards, and each plan was made once.
            let counts = [leader.accounts[walk].planCounts, helper.accounts[walk].planCounts]
            #expect(counts.allSatisfy { $0.made == step + 1 }, "step \(step): \(counts)")
        }
        #expect(survivors.count == 3)
        #expect(
            try await eventually {
                [leader.accounts, helper.accounts].allSatisfy { $0[walk].planCounts.made == 0 }
            })
    }

    /// Waits until a condition holds, a few seconds at most.
    private func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<1000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}
