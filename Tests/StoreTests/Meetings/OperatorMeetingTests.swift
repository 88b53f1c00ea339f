#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Synchronization
import Testing

/// Where an operator's command meets a server, and a start meets a write: one is held open, the other comes.
@Suite struct OperatorMeetingTests {
    /// Keeps a transaction of the test's own open, whose row locks others wait for.
    private final class Holder: Sendable {
        private let session: Mutex<PostgreSQLSession>

        init(_ database: PostgreSQLDatabase, _ sql: String) throws {
            let session = try database.server.session(database: database.name)
            try session.query("BEGIN")
            try session.query(sql)
            self.session = Mutex(session)
        }

        func end() throws { _ = try session.withLock { try $0.query("COMMIT") } }
    }

    /// Waits until so many sessions of the database wait for a lock.
    private func waitUntilOneWaits(_ database: PostgreSQLDatabase) async throws {
        let sql = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        for _ in 0..<1000 {
            if try await onThread({ try database.query(sql) }) != [["0"]] { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Missing(what: "one that waits")
    }

    private let configuration = MadeStore.configurationDigest

    /// A renewal is at work; a server starts, waits for its end, and finds what it has left.
    @Test func aRenewalAndAStart() async throws {
        let (place, task) = (try PostgreSQLPlace(.leader), TaskID.random())
        try place.create(task, configurationDigest: configuration)
        let holder = try Holder(place.database, "SELECT FROM task FOR UPDATE")
        let renewal = StoreRenewal(
            task: task, configurationDigest: configuration, earliestReportTime: 77,
            timePrecision: TimePrecision(seconds: 1))
        let address = try PostgreSQLAddress(place.database.uri())
        async let renewed: Void = onThread {
            try PostgreSQLDatastore.renew(at: address, role: .leader, [renewal])
        }
        try await waitUntilOneWaits(place.database)
        async let started = onThread { try place.connect(isAlone: false) }
        try await Task.sleep(for: .milliseconds(200))
        try holder.end()
        try await renewed
        let datastore = try await started
        let store = try datastore.open(task, configurationDigest: configuration, uploads: .byTime)
        #expect(store.earliestReportTime == 77)
        try datastore.close()
        try place.remove()
    }

    /// A server is at work; a renewal comes, and changes nothing.
    @Test func aServerAndARenewal() async throws {
        let (place, task) = (try PostgreSQLPlace(.leader), TaskID.random())
        try place.create(task, configurationDigest: configuration)
        let datastore = try place.connect(isAlone: false)
        let store = try datastore.open(task, configurationDigest: configuration, uploads: .byTime)
        let identity = store.statement.store
        let renewal = StoreRenewal(
            task: task, configurationDigest: configuration, earliestReportTime: 77,
            timePrecision: TimePrecision(seconds: 1))
        let address = try PostgreSQLAddress(place.database.uri())
        do {
            try await onThread { try PostgreSQLDatastore.renew(at: address, role: .leader, [renewal]) }
            Issue.record("a store was renewed that a server works with")
        } catch StoreError.inUse {}
        try await store.write("check") { _ = try $0.upload(1) }
        #expect(store.statement.store == identity && store.earliestReportTime == 0)
        try datastore.close()
        try place.remove()
    }

    /// Two operators make the store of one task: one of them has made it.
    @Test func twoThatMakeAStore() async throws {
        let (place, task) = (try PostgreSQLPlace(.leader), TaskID.random())
        let configuration = configuration
        let outcomes = await withTaskGroup(of: StoreError?.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do {
                        try await onThread {
                            try place.create(task, configurationDigest: configuration, isAlone: false)
                        }
                        return nil
                    } catch { return error as? StoreError }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.contains { if case .exists = $0 { true } else { false } }, "\(outcomes)")
        try place.remove()
    }

    /// A write is at its end; another process starts, and waits for it: it begins with what was written.
    @Test func aWriteAndAStart() async throws {
        let (place, task) = (try PostgreSQLPlace(.leader), TaskID.random())
        try place.create(task, configurationDigest: configuration)
        let configuration = configuration
        let (one, other) = (
            try place.connect(isAlone: false),
            try place.connect(cache: place.cache.appending(path: "other"), isAlone: false)
        )
        let store = try one.open(task, configurationDigest: configuration, uploads: .byTime)
        let hold = Hold()
        let write = DueWrite("upload") { "\(try $0.upload(1))" }
        async let written = write.run(in: store, keptOpenBy: hold)
        await hold.waitUntilHeld()
        let watch = try PostgreSQLWaits(place.database)
        let row = store.jobRows.lowerBound / TaskRows.offset(of: 1)
        async let opened = onThread {
            try other.open(task, configurationDigest: configuration, uploads: .byTime)
        }
        var waits: [String] = []
        for _ in 0..<1000 where waits.isEmpty {
            waits = try await onThread { try watch.waits(at: row) }
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(waits == ["advisory"])
        hold.open()
        #expect(await written == "stored")
        let second = try await opened
        #expect(try await second.read("check") { try $0.countReports(in: .all) } == 1)
        for datastore in [one, other] { try datastore.close() }
        try place.remove()
    }
}
#endif
