import Aggregator
import Foundation
import Logging
import PopulusDAP
import StoreMemory
import Testing

/// A process keeps what it has claimed as long as it says that it lives, and lets go of it when it ends.
@Suite struct HeartbeatTests {
    @Test func aProcessKeepsItsWorkAsLongAsItLives() async throws {
        let task = try TestTask().aggregator(.leader)
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let disk = MemoryDisk(role: .leader, segmentsDirectory: folder, segmentsAreCache: true)
        let one = try TestStore(on: disk, task, segmentsDirectory: folder + "/one")
        let other = try TestStore(on: disk, task, segmentsDirectory: folder + "/other")
        try await other.replica.announce("other")
        let troubles = Troubles(of: nil, logger: Logger(label: "test"))
        let heartbeat = Heartbeat(one.replica, address: "one", clock: TestClock(), troubles: troubles)
        try await heartbeat.begin()
        let work = Work.row(1)
        #expect(try await one.write("test") { try $0.take(work) } != nil)
        let run = Task { await heartbeat.run() }
        for _ in 0..<3 {
            // Less than its life each time, and more than that together.
            disk.pass(.seconds(20))
            try await eventually { try await other.read("test") { try $0.owner(of: work)?.isAlive } == true }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await other.write("test") { try $0.take(work) } == nil)
        run.cancel()
        await run.value
        let taken = try await other.write("test") { try $0.take(work) }
        #expect(taken?.token == 2)
        try one.close()
        try other.close()
    }

    /// A store that cannot be told anything.
    private struct Deaf: StoreReplica {
        let id = ReplicaID.random()
        let isShared = true
        let life = Duration.milliseconds(4)

        func announce(_ address: String) async throws { throw StoreError.unreachable("it is away") }
        func withdraw() async throws {}
        func secret() async throws -> [UInt8] { [] }
        func known() async throws -> [KnownReplica] { [] }
    }

    /// Each time counts among the troubles of the process, which are in its metrics.
    @Test func whatIsNotHeardIsCounted() async throws {
        let troubles = Troubles(of: nil, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let heartbeat = Heartbeat(Deaf(), address: "one", troubles: troubles)
        let run = Task { await heartbeat.run() }
        try await eventually { troubles.counts["other processes cannot be told that this one lives"] ?? 0 >= 2 }
        run.cancel()
        await run.value
    }

    @Test func aProcessThatSaysNothingIsDeadAtLast() async throws {
        let task = try TestTask().aggregator(.leader)
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let disk = MemoryDisk(role: .leader, segmentsDirectory: folder, segmentsAreCache: true)
        let one = try TestStore(on: disk, task, segmentsDirectory: folder + "/one")
        let other = try TestStore(on: disk, task, segmentsDirectory: folder + "/other")
        for (name, store) in [("one", one), ("other", other)] { try await store.replica.announce(name) }
        let work = Work.row(1)
        let first = try #require(try await one.write("test") { try $0.take(work) })
        disk.pass(.seconds(29))
        #expect(try await other.write("test") { try $0.take(work) } == nil)
        disk.pass(.seconds(2))
        try await other.replica.announce("other")
        #expect(try await other.write("test") { try $0.take(work) } != nil)
        #expect(try await one.read("test") { try $0.holds(first) } == false)
        try one.close()
        try other.close()
    }
}
