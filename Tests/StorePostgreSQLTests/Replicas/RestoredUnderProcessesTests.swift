#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A database that was put back under processes that share it: each refuses it by what it knows itself, and the other aggregator
/// where none of them can know.
@Suite(.serialized) struct RestoredUnderProcessesTests {
    private static func isRefused(_ error: StoreError?) -> Bool {
        switch error {
        case .refused(.thisIsBehind), .putBack: true
        default: false
        }
    }

    /// Two processes and their peer, with something committed; a snapshot; and what is lost, of the first one only.
    private struct Loss {
        let two: TwoProcesses
        let first: TwoProcesses.Process
        let second: TwoProcesses.Process
        let earlier: PostgreSQLDatabase

        /// - Parameter second: does something after the loss-to-be, as a rule: then it has seen that.
        init(
            _ two: TwoProcesses,
            _ second: (TwoProcesses.Process) async throws -> Void = { _ = try await $0.store.add(1) },
            telling: (TwoProcesses.Process) async throws -> Void = { _ in }
        ) async throws {
            self.two = two
            (first, self.second) = (try await two.open(1), try await two.open(2))
            try await first.store.recordStep(0)
            _ = try await self.second.store.add(1)
            earlier = try two.one.place.database.server.makeSnapshot(of: two.one.place.database)
            try await first.store.recordStep(1)
            try await telling(first)
            try await second(self.second)
        }

        func restore() throws { try two.one.place.database.restore(earlier) }

        func close() throws { for process in [first, second] { try process.datastore.close() } }
    }

    /// Both go on over it and stop at once: also the one that has lost nothing of its own that must not be forgotten.
    @Test(arguments: [1, 2]) func whileTheyRun(first: Int) async throws {
        let loss = try await Loss(try TwoProcesses())
        try loss.restore()
        let processes = first == 1 ? [loss.first, loss.second] : [loss.second, loss.first]
        for process in processes {
            let error = await storeError { try await process.store.recordStep(7) }
            #expect(Self.isRefused(error) && Self.isRefused(process.store.outage), "\(error as Any)")
        }
        let steps = try loss.two.query("SELECT count(*) FROM step")
        #expect(steps == [["1"]])
        try loss.close()
        try loss.two.remove()
    }

    /// Nothing is lost of what the second one wrote, and only its memory of the first one tells.
    @Test func byWhatOneHasSeenOfTheOther() async throws {
        let two = try TwoProcesses()
        let loss = try await Loss(two) { second in
            // It looks, and changes nothing.
            try await second.store.write("look") { _ in }
        }
        try loss.restore()
        let error = await storeError { _ = try await loss.second.store.add(1) }
        #expect(Self.isRefused(error) && Self.isRefused(loss.second.store.outage), "\(error as Any)")
        try loss.close()
        try two.remove()
    }

    /// Each start refuses it by the mark in its own folder, be it that only the other one's commits are lost.
    @Test func byEachMark() async throws {
        let two = try TwoProcesses()
        let loss = try await Loss(two)
        try loss.close()
        try loss.restore()
        for number in [1, 2] {
            let error = try await two.refusal(number)
            #expect(Self.isRefused(error), "\(number): \(error as Any)")
        }
        try two.remove()
    }

    /// The mark of one that committed nothing of its own since says what it saw of the other's commits.
    @Test func byWhatAMarkHasOfOthers() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        try await first.store.recordStep(0)
        _ = try await second.store.add(1)
        let others = try two.query("SELECT count(*) FROM incarnation WHERE count > 0")
        #expect(others == [["1"]])
        for process in [first, second] { try process.datastore.close() }
        try two.query("UPDATE incarnation SET count = 0, writes = 0 WHERE count > 0")
        let error = try await two.refusal(2)
        #expect(Self.isRefused(error), "\(error as Any)")
        try two.remove()
    }

    /// With empty folders nobody knows but the other aggregator, whom one of the two had told.
    @Test(arguments: [1, 2]) func byThePeer(number: Int) async throws {
        let (two, peer) = (try TwoProcesses(), try TwoProcesses(.helper))
        let witness = try await peer.open(1)
        let loss = try await Loss(two, telling: { first in try await witness.store.hear(first.store.statement) })
        try await witness.store.recordStep(0)
        try loss.close()
        try loss.restore()
        for process in [1, 2] { try two.one.place.loseCache(of: process) }
        let process = try await two.open(number)
        let conflict = await IncarnationTests.conflict(process.store, witness.store.statement)
        guard case .thisIsBehind = conflict else {
            Issue.record("it goes on: \(conflict as Any)")
            return
        }
        // For good, and for all.
        _ = await storeError { _ = try await process.store.add(1) }
        try process.datastore.close()
        #expect(Self.isRefused(try await two.refusal(3 - number)))
        try witness.datastore.close()
        for place in [two, peer] { try place.remove() }
    }
}
#endif
