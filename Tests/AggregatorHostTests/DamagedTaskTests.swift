import Aggregator
import AggregatorHost
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles
import StoreMemory
import Testing

/// A task of which something is damaged keeps no other from what is its due.
@Suite struct DamagedTaskTests {
    private let clock = SetClock()
    private let disk = RotatingProcess.disk(.leader)

    /// Adds two tasks, the first of which is damaged then, as another process's change comes to be known.
    private func twoTasks(at process: RotatingProcess) async throws -> (damaged: TaskID, whole: TaskID) {
        let tasks = try (0..<2).map { _ in try RotatingProcess.files().registration(of: .leader) }
        for task in tasks { _ = try await process.tasks.add(task.encoded()) }
        _ = try MemoryDatastore(disk, isShared: true).changeSecrets(of: tasks[0].taskID) {
            $0 + [TaskSecret(.hpkeKey, label: [0], bytes: [0])]
        }
        return (tasks[0].taskID, tasks[1].taskID)
    }

    /// What others change and add is taken up, and whoever asks is not put off: nothing was missed that can be known.
    @Test func othersAreFollowed() async throws {
        let (one, other) = (
            try RotatingProcess(disk, clock: clock, isShared: true),
            try RotatingProcess(disk, clock: clock, isShared: true)
        )
        let (damaged, whole) = try await twoTasks(at: other)
        try await one.tasks.lookAtOthers()
        let served = one.host.registry[whole]
        #expect(served?.refusal == nil && served != nil)
        try await other.rotateKey(whole)
        let third = try RotatingProcess.files().registration(of: .leader)
        _ = try await other.tasks.add(third.encoded())
        try await one.tasks.lookAtOthers()
        #expect(try await one.keys(whole).count == 2)
        #expect(one.host.registry[third.taskID] != nil)
        #expect(try await one.receiver().isCurrent())
        // The process that added it serves it still, with what it knew, and says what is wrong.
        try await other.tasks.lookAtOthers()
        #expect(other.host.registry[damaged]?.refusal == nil && other.offered(damaged).count == 1)
        #expect(other.host.troubles.counts.keys.contains { $0.contains("cannot be read") })
        try await one.end()
        try await other.end()
    }

    /// The schedule goes on, and so does the end of keys.
    @Test func theScheduleGoesOn() async throws {
        let process = try RotatingProcess(disk, clock: clock, period: 1000, keep: 86_400)
        let (_, whole) = try await twoTasks(at: process)
        clock.pass(1000)
        await #expect(throws: StoreError.self) { try await process.tasks.keepSchedule() }
        #expect(try await process.keys(whole).map(\.state) == ["pending", "active"])
        clock.pass(60 + 86_400 + RotationPolicy.slack)
        for _ in 0..<3 { _ = try? await process.tasks.keepSchedule() }
        let oldest = try await process.keys(whole).last
        #expect(oldest?.state == "active", "the first key is gone")
        try await process.end()
    }
}
