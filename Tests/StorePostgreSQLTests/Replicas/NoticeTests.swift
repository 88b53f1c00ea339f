#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// What processes that share a store tell each other (LISTEN).
@Suite(.serialized) struct NoticeTests {
    /// How long somebody waited for a change; nothing where none came within the limit.
    private static func wait(
        for stream: AsyncStream<Void>, upTo limit: Duration, while body: () async throws -> Void
    ) async throws -> Duration? {
        let start = ContinuousClock.now
        try await body()
        return await withTaskGroup(of: Duration?.self) { group in
            group.addTask {
                for await _ in stream { return ContinuousClock.now - start }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private static func tell(_ process: TwoProcesses.Process, _ step: UInt16) async throws {
        try await process.store.write("tell") { transaction in
            try transaction.insertStep(.numbered(step))
            try transaction.tellOthers()
        }
    }

    @Test func othersAreWokenAtOnce() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        for step in 0..<3 as Range<UInt16> {
            let changes = second.store.changes()
            let waited = try await Self.wait(for: changes, upTo: .seconds(20)) { try await Self.tell(first, step) }
            // Well under the pause after which everyone looks by themselves.
            #expect(waited.map { $0 < .milliseconds(500) } == true, "\(waited as Any)")
        }
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// Not the one that says so, not for another task, and not for what was undone.
    @Test func nobodyElseIsWoken() async throws {
        let two = try TwoProcesses()
        let other = TaskID.random()
        try two.one.place.create(other, configurationDigest: OneTask.configurationDigest)
        let (first, second) = (try await two.open(1), try await two.open(2))
        let elsewhere = try second.datastore.open(
            other, configurationDigest: OneTask.configurationDigest, uploads: .byTime)
        let (own, foreign) = (first.store.changes(), elsewhere.changes())
        #expect(try await Self.wait(for: own, upTo: .milliseconds(300)) { try await Self.tell(first, 0) } == nil)
        #expect(try await Self.wait(for: foreign, upTo: .milliseconds(100)) {} == nil)
        struct Undone: Error {}
        let changes = second.store.changes()
        let waited = try await Self.wait(for: changes, upTo: .milliseconds(300)) {
            await #expect(throws: Undone.self) {
                try await first.store.write("undone") { transaction in
                    try transaction.insertStep(.numbered(1))
                    try transaction.tellOthers()
                    throw Undone()
                }
            }
        }
        #expect(waited == nil)
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// Commits with a notice wait for each other, so uploads have none, whatever their bodies say.
    @Test func uploadsTellNobody() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let changes = second.store.changes()
        let waited = try await Self.wait(for: changes, upTo: .milliseconds(300)) {
            let outcomes = try await first.store.write("upload", .uploads) { transaction in
                try transaction.tellOthers()
                return try transaction.insertReports(
                    [NewUpload(ReportID(words: [1, 2]), time: 1, body: [1])], in: .byTime)
            }
            #expect(outcomes == [.stored])
        }
        #expect(waited == nil)
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// Where the connection was cut something may have been missed, so everyone looks; and it listens again.
    @Test func aConnectionThatWasCut() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        var changes = second.store.changes()
        let woken = try await Self.wait(for: changes, upTo: .seconds(20)) {
            try two.cutLocks()
        }
        #expect(woken != nil)
        changes = second.store.changes()
        let told = try await Self.wait(for: changes, upTo: .seconds(20)) { try await Self.tell(first, 0) }
        #expect(told != nil)
        #expect(first.store.outage == nil && second.store.outage == nil)
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// What a process had that ends is free at once, and the others know it.
    @Test func anEndWakesEveryone() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let changes = second.store.changes()
        let waited = try await Self.wait(for: changes, upTo: .seconds(20)) { try await first.replica.withdraw() }
        #expect(waited.map { $0 < .milliseconds(500) } == true)
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }
}
#endif
