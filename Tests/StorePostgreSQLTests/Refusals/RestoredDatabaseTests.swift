#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A database that was put back to what it held an hour ago has forgotten which reports were evaluated since.
@Suite(.serialized) struct RestoredDatabaseTests {
    private static func isRefused(_ error: StoreError?) -> Bool {
        switch error {
        case .refused(.thisIsBehind), .putBack: true
        default: false
        }
    }

    /// The next start sees it by the mark beside the segments.
    @Test func isRefusedByItself() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        try await store.recordStep(0)
        try datastore.close()
        let earlier = try one.place.database.copy()
        (datastore, store) = try one.open()
        try await store.recordStep(1)
        try datastore.close()
        try one.place.database.restore(earlier)
        let error = try one.refusal()
        #expect(Self.isRefused(error), "\(error as Any)")
        // And again, and no other task with it.
        #expect(Self.isRefused(try one.refusal()))
        let other = TaskID.random()
        try one.place.create(other, configurationDigest: OneTask.configurationDigest)
        datastore = try one.place.connect()
        _ = try datastore.open(other, configurationDigest: OneTask.configurationDigest, uploads: .open)
        try datastore.close()
        try one.place.remove()
    }

    /// Also where it was put back to before the last start, and where to the very last commit.
    @Test(arguments: [0, 1, 2] as [UInt16]) func isRefusedHoweverLittleIsLost(commits: UInt16) async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        for step in 0..<commits { try await store.recordStep(step) }
        let earlier = try one.place.database.server.makeSnapshot(of: one.place.database)
        try await store.recordStep(commits)
        try datastore.close()
        try one.place.database.restore(earlier)
        let error = try one.refusal()
        #expect(Self.isRefused(error), "\(error as Any)")
        try one.place.remove()
    }

    /// A process that goes on over it acknowledges nothing any more.
    @Test func isNoticedWhileItIsOpen() async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        try await store.recordStep(0)
        let earlier = try one.place.database.server.makeSnapshot(of: one.place.database)
        try await store.recordStep(1)
        try one.place.database.restore(earlier)
        let error = await storeError { try await store.recordStep(2) }
        #expect(Self.isRefused(error), "\(error as Any)")
        #expect(Self.isRefused(store.outage))
        let uploading = await storeError { _ = try await store.add(1) }
        #expect(uploading != nil, "it goes on")
        let steps = try one.place.database.query("SELECT count(*) FROM step")
        #expect(steps == [["1"]])
        try datastore.close()
        try one.place.remove()
    }

    /// Where the mark is lost as well the other aggregator remembers.
    @Test func isRefusedByItsPeer() async throws {
        let (leader, helper) = (try OneTask(.leader), try OneTask(.helper))
        var (datastore, store) = try leader.open()
        let (helpers, helperStore) = try helper.open()
        try await store.recordStep(0)
        let earlier = try leader.place.database.server.makeSnapshot(of: leader.place.database)
        try await store.recordStep(1)
        try await helperStore.hear(store.statement)
        // What it heard is durable with its next commit.
        try await helperStore.recordStep(0)
        try datastore.close()
        try leader.place.database.restore(earlier)
        try leader.place.loseCache()
        (datastore, store) = try leader.open()
        #expect(helperStore.statement.echo != nil)
        var conflict: StoreConflict?
        do throws(StoreConflict) { try await store.hear(helperStore.statement) } catch { conflict = error }
        guard case .thisIsBehind = conflict else {
            Issue.record("it goes on: \(conflict as Any)")
            return
        }
        // It is saved, so that the next start is refused without a peer.
        _ = await storeError { _ = try await store.add(1) }
        try datastore.close()
        #expect(Self.isRefused(try leader.refusal()))
        try helpers.close()
        try leader.place.remove()
        try helper.place.remove()
    }
}
#endif
