#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A store of an earlier version: none is brought to this one unasked, and then as a whole or not at all.
@Suite(.serialized) struct MigrationTests {
    private struct Stop: Error {}

    private static func address(_ place: PostgreSQLPlace) throws -> PostgreSQLAddress {
        try PostgreSQLAddress(place.database.uri())
    }

    /// What version 4 had not: it did not say when an answer was given.
    private static let backToVersion4 = """
        DROP INDEX resource_answered; ALTER TABLE resource DROP COLUMN answered_at;
        CREATE INDEX resource_answered ON resource (task, created_at) WHERE state IN ('released', 'failed');
        UPDATE meta SET value = '4' WHERE name = 'version';
        """

    /// What version 3 had not: it kept no tasks, knew of no end of one, and forgot nothing.
    private static let backToVersion3 = """
        \(backToVersion4)
        ALTER TABLE task DROP COLUMN forgotten_before; DROP INDEX report_by_time, resource_answered;
        DROP TABLE kept_task, task_secret; ALTER TABLE task DROP COLUMN closed, DROP COLUMN stopped;
        UPDATE meta SET value = '3' WHERE name = 'version';
        """

    @Test func ofThisVersionThereIsNothingToDo() throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        let done = try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .leader)
        #expect(done.from == done.to)
        #expect(throws: StoreError.self) {
            try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .helper)
        }
    }

    @Test(arguments: ["0", "99", "x"])
    func anUnknownVersionIsRefused(_ version: String) throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        _ = try place.database.query("UPDATE meta SET value = '\(version)' WHERE name = 'version'")
        #expect(throws: StoreError.self) { try place.connect() }
        #expect(throws: StoreError.self) {
            try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .leader)
        }
    }

    /// A store of version 1, with a task that was worked with: refused at the start, until an operator brings it to this version.
    @Test func aStoreOfVersion1GoesOn() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        try await store.recordStep(0)
        let before = store.statement
        try datastore.close()
        try one.place.database.query(
            """
            \(Self.backToVersion3)
            DROP TABLE claim, replica, rejected; DROP SEQUENCE claim_token; DELETE FROM meta WHERE name IN ('secret', 'changed');
            UPDATE meta SET value = '1' WHERE name = 'version'
            """)
        #expect(try one.refusal() == .toMigrate(1))
        let done = try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader)
        #expect(done.from == 1 && done.to == 5)
        (datastore, store) = try one.open()
        #expect(try await store.steps == [0])
        #expect(store.statement.store == before.store)
        try await store.recordStep(1)
        #expect(try await datastore.replica.secret().count == 32)
        try datastore.close()
        // And by processes that share it.
        let shared = try one.open(isAlone: false)
        try await shared.datastore.replica.announce("one")
        let claim = try await shared.store.write("take") { try $0.take(.row(1)) }
        #expect(claim != nil)
        try shared.datastore.close()
        #expect(try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader).from == 5)
        try one.place.remove()
    }

    /// Version 2 did not count what Collectors are told of: nobody says that it was none.
    @Test func whatVersion2RejectedIsNotTold() async throws {
        let task = try OneTask()
        try task.place.database.query(
            """
            \(Self.backToVersion3)
            DROP TABLE rejected;
            INSERT INTO walk (task, walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket, interval_start,
                interval_end, frozen, initial_count)
            VALUES ((SELECT max(id) FROM task), decode(repeat('01', 16), 'hex'), '', 1, 0, 0, 0, 0, 0, false, 0);
            INSERT INTO selected_batch (task, batch_id, parameter, open, claimed)
            VALUES ((SELECT max(id) FROM task), decode(repeat('02', 32), 'hex'), '', true, false);
            INSERT INTO report (id, task, report_id, time)
            VALUES (1, (SELECT max(id) FROM task), decode(repeat('03', 16), 'hex'), 300);
            UPDATE meta SET value = '2' WHERE name = 'version'
            """)
        #expect(try task.refusal() == .toMigrate(2))
        #expect(try PostgreSQLDatastore.migrate(at: try Self.address(task.place), role: .leader).from == 2)
        let (datastore, store) = try task.open()
        let earlier = try #require(WalkID(bytes: [UInt8](repeating: 1, count: 16)))
        let selected = try #require(BatchID(bytes: [UInt8](repeating: 2, count: 32)))
        let (one, other) = (BatchBucketKey(Time(units: 300)), BatchBucketKey(Time(units: 301)))
        let told = try await store.write("test") { transaction in
            let found = RejectedReports(party: .helper, reason: .invalidMessage, count: 1)
            for key in [one, other] { try transaction.addRejected(found, of: RejectionSubject(key)) }
            return [
                try transaction.rejectedReports(of: RejectionSubject(earlier)),
                try transaction.rejectedReports(of: RejectionSubject(WalkID.random())),
                try transaction.rejectedReports(of: RejectionSubject(BatchBucketKey(selected))),
                try transaction.rejectedReports(of: RejectionSubject(BatchBucketKey(BatchID.random()))),
                try transaction.rejectedReports(of: RejectionSubject.all(of: BatchBucketKey(Time(units: 1))...one)),
                try transaction.rejectedReports(of: RejectionSubject.all(of: one...other)),
                try transaction.rejectedReports(of: RejectionSubject(other)),
            ]
        }
        let later = [RejectedReports(party: .helper, reason: .invalidMessage, count: 1)]
        #expect(told == [nil, [], nil, [], nil, nil, later])
        try datastore.close()
        try task.place.remove()
    }

    /// Version 3 kept no tasks, and no operator could end one.
    @Test func aStoreOfVersion3GoesOn() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        try await store.recordStep(0)
        let task = store.task
        try datastore.close()
        try one.place.database.query(Self.backToVersion3)
        #expect(try one.refusal() == .toMigrate(3))
        #expect(try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader).from == 3)
        (datastore, store) = try one.open()
        let stored = try datastore.storedTasks()
        #expect(stored.contains { $0.id == task } && stored.allSatisfy { $0.end == nil && !$0.isKept })
        #expect(try datastore.keptTasks(only: nil).isEmpty)
        #expect(try await store.steps == [0])
        let kept = KeptTask(
            id: .random(), configuration: [1], configurationDigest: [2], codePoints: .provisional, clockSkew: 300,
            collectorConfig: [3], added: 4, secrets: [TaskSecret(.verifyKey, label: [0], bytes: [5])],
            reportExpiry: 90)
        try datastore.keep(kept)
        try await store.write("test") { try $0.setTaskEnd(TaskEnd(closed: 5)) }
        try await store.write("test") { transaction in
            #expect(try transaction.forgottenBefore() == 0)
            #expect(try transaction.expiredReports(before: 9, after: nil, limit: 9).reports.isEmpty)
            try transaction.forgetReports([ExpiredReport(row: 0, time: 4, waits: false)])
        }
        try datastore.close()
        (datastore, store) = try one.open()
        #expect(try datastore.keptTasks(only: nil) == [kept])
        #expect(try await store.read("test") { try $0.taskEnd() } == TaskEnd(closed: 5))
        #expect(try await store.read("test") { try $0.forgottenBefore() } == 5)
        try datastore.close()
        try one.place.remove()
    }

    /// Version 4 did not say when an answer was given: such an answer goes by when it was asked for, as it did.
    @Test func aStoreOfVersion4GoesOn() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        let request = ResourceRecord(
            id: try #require(ResourceID(bytes: [UInt8](repeating: 1, count: 16))), about: .batch([1]), request: [1],
            requestDigest: [1], createdAt: 50)
        var answered = request
        (answered.state, answered.answeredAt) = (.released, 80)
        try await store.write("test") { try $0.insertResource(request) }
        try await store.write("test") { [answered] in try $0.updateResource(answered) }
        try datastore.close()
        try one.place.database.query(Self.backToVersion4)
        #expect(try one.refusal() == .toMigrate(4))
        #expect(try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader).from == 4)
        (datastore, store) = try one.open()
        answered.answeredAt = nil
        #expect(try await store.read("test") { try $0.resource(request.id) } == answered)
        let found = try await store.read("test") { transaction in
            try [50, 51].map { try transaction.expiredResources(before: $0, limit: 9) }
        }
        #expect(found == [[], [request.id]])
        try datastore.close()
        try one.place.remove()
    }

    /// With steps of versions that there never were.
    @Test func allStepsAreTakenOrNone() throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        let db = try PostgreSQLConnection(try Self.address(place), name: "populus test")
        let good = StoreMigration.Step(from: 4) { try $0.script("CREATE TABLE made (a bigint)") }
        let bad = StoreMigration.Step(from: 5) { _ in throw Stop() }
        try db.script("BEGIN")
        #expect(throws: Stop.self) { try StoreMigration.run([good, bad], to: 6, role: .leader, db) }
        #expect(db.rollBack())
        try #expect(db.one("SELECT to_regclass('made') IS NULL") { try $0.boolean() } == true)
        #expect(throws: StoreError.unknownVersion(5)) { try StoreMigration.run([good], to: 6, role: .leader, db) }
        try #expect(db.one("SELECT value FROM meta WHERE name = 'version'") { try $0.text() } == "5")
    }
}
#endif
