#if PostgreSQL
import Aggregator
import PopulusDAP
import Dispatch
import Foundation
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Synchronization
import Testing

/// Transactions that the server undoes since they met others: they run again, not for ever, and nothing is done twice.
@Suite(.serialized) struct CollisionTests {
    /// Has the server refuse the first inserts of a walk with an SQLSTATE.
    private static func spoil(_ database: PostgreSQLDatabase, times: Int, state: String) throws {
        try database.query(
            """
            CREATE SEQUENCE trouble;
            CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('trouble') <= \(times) THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '\(state)'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER trouble BEFORE INSERT ON walk FOR EACH ROW EXECUTE FUNCTION trouble()
            """)
    }

    private static func insertWalk(_ store: any TaskStore) async throws -> Int {
        try await store.write("walk") { transaction in
            try transaction.insertWalk(
                WalkRecord(id: StepRecord.walk, batchSelector: [], startedAt: 1, verificationKeyID: 0))
            return try transaction.walks().count
        }
    }

    @Test(arguments: ["40001", "40P01"]) func runsAgain(state: String) async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        try Self.spoil(one.place.database, times: 4, state: state)
        #expect(try await Self.insertWalk(store) == 1)
        #expect(try await store.read("walks") { try $0.walks().count } == 1)
        try datastore.close()
        try one.place.remove()
    }

    @Test func notForEver() async throws {
        let one = try OneTask()
        var limits = PostgreSQLLimits()
        limits.retry = 1
        let (datastore, store) = try one.open(limits: limits)
        try Self.spoil(one.place.database, times: 1_000_000, state: "40001")
        let error = await storeError { _ = try await Self.insertWalk(store) }
        #expect(error?.description.contains("provoked") == true, "\(error as Any)")
        #expect(try await store.add(1) == 1, "other writes go on")
        try datastore.close()
        try one.place.remove()
    }

    /// What is no collision is not tried again.
    @Test(arguments: ["53100", "XX001", "22003"]) func isToldAtOnce(state: String) async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        try Self.spoil(one.place.database, times: 1_000_000, state: state)
        let error = await storeError { _ = try await Self.insertWalk(store) }
        switch (state, error) {
        case ("53100", .full), ("XX001", .damaged), ("22003", .server), ("22003", .database): break
        default: Issue.record("\(state): \(error as Any)")
        }
        let runs = try one.place.database.query("SELECT last_value FROM trouble")
        #expect(runs == [["1"]])
        try datastore.close()
        try one.place.remove()
    }

    private static func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                semaphore.wait()
                continuation.resume()
            }
        }
    }

    /// A deadlock with another session, of which the server undoes the store's transaction.
    @Test func aDeadlock() async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        #expect(try await store.add(1) == 1)
        let (hasLock, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let runs = Mutex(0)
        let database = one.place.database
        Thread.detachNewThread {
            do {
                let session = try database.server.session(database: database.name)
                // The store's transaction is the one that finds the deadlock.
                try session.query("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE walk IN ACCESS EXCLUSIVE MODE")
                hasLock.signal()
                Thread.sleep(forTimeInterval: 0.2)
                try session.query("UPDATE batch_bucket SET count = count")
                try session.query("COMMIT")
            } catch { Issue.record("the other session: \(error)") }
            isDone.signal()
        }
        await Self.wait(for: hasLock)
        let count = try await store.write("deadlock") { transaction in
            runs.withLock { $0 += 1 }
            var bucket = try transaction.bucket(BatchBucketKey(Time(units: 1)))
            bucket?.count += 10
            if let bucket { try transaction.putBucket(bucket) }
            return try transaction.walks().count
        }
        #expect(count == 0)
        #expect(runs.withLock { $0 } >= 2, "the server undid nothing")
        #expect(try await store.sum == 11)
        await Self.wait(for: isDone)
        try datastore.close()
        try one.place.remove()
    }
}
#endif
