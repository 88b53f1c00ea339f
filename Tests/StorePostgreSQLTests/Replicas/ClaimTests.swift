#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// Work of processes that share a store: whose it is, for how long, and what is left of it.
@Suite(.serialized) struct ClaimTests {
    private static let work = Work.job(AggregationJobID(words: [3, 4]))

    private static func resource(_ number: UInt64) -> ResourceID {
        ResourceID(CollectionJobID(words: [7, number]))
    }

    private static func take(_ process: TwoProcesses.Process) async throws -> Claim? {
        try await process.store.write("take") { try $0.take(work) }
    }

    /// The database's clock decides, wherever it was set to since.
    @Test(arguments: ["clock_timestamp() - interval '1 millisecond'", "clock_timestamp() + interval '1 hour'"])
    func anOwnerThatIsDead(seenUntil: String) async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let claim = try #require(try await Self.take(first))
        #expect(try await Self.take(second) == nil)
        let id = first.replica.id.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        try two.query("UPDATE replica SET seen_until = \(seenUntil) WHERE id = '\\x\(id)'")
        let owner = try await second.store.read("owner") { try $0.owner(of: Self.work) }
        #expect(owner?.isAlive == false && owner?.address == "process 1")
        let taken = try #require(try await Self.take(second))
        #expect(taken.token > claim.token)
        // It wakes, says that it lives, and is refused all the same.
        try await first.replica.announce("process 1")
        #expect(try await first.store.read("holds") { try $0.holds(claim) } == false)
        #expect(try await second.store.read("holds") { try $0.holds(taken) })
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// The database was away, and all seem dead: who comes back first takes nothing from the others, unless they stay away.
    @Test func afterAnOutageNothingIsTakenAtOnce() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        _ = try #require(try await Self.take(first))
        try two.query("UPDATE replica SET seen_until = clock_timestamp() - interval '1 millisecond'")
        #expect(try await Self.take(second) == nil, "it is dead itself")
        try await second.replica.announce("process 2")
        #expect(try await Self.take(second) == nil, "the other one may come back too")
        try two.query(
            "UPDATE replica SET alive_since = alive_since - interval '11 seconds' WHERE address = 'process 2'")
        #expect(try await Self.take(second) != nil)
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// No token comes twice, so that no old claim is good again.
    @Test func aTokenIsNeverGivenAgain() async throws {
        let two = try TwoProcesses()
        let process = try await two.open(1)
        let first = try #require(try await Self.take(process))
        try await process.store.write("forget") { try $0.forget(Self.work) }
        let second = try #require(try await Self.take(process))
        #expect(second.token > first.token)
        #expect(try await process.store.read("holds") { try $0.holds(first) } == false)
        try process.datastore.close()
        try two.remove()
    }

    /// What was claimed after it had ended is forgotten by a later start; what goes on is not, and what a living process has.
    @Test func claimsDoNotPileUp() async throws {
        let two = try TwoProcesses()
        let first = try await two.open(1)
        let going = ResourceRecord(
            id: Self.resource(5), about: .batch([1]), request: [1], requestDigest: [UInt8](repeating: 1, count: 32),
            createdAt: 1)
        try await first.store.write("claims") { transaction in
            try transaction.insertResource(going)
            for work in [Work.resource(going.id), .resource(Self.resource(6)), Self.work, .row(7)] {
                _ = try transaction.take(work)
            }
        }
        let second = try await two.open(2)
        try #expect(two.query("SELECT count(*) FROM claim") == [["4"]])
        try await first.replica.withdraw()
        let third = try await two.open(3)
        try #expect(two.query("SELECT kind FROM claim") == [["resource"]])
        for process in [first, second, third] { try process.datastore.close() }
        try two.remove()
    }

    @Test func processesThatDiedLongAgoAreForgotten() async throws {
        let two = try TwoProcesses()
        let process = try await two.open(1)
        try two.query(
            """
            INSERT INTO replica VALUES ('\\x01', 'dead', now() - interval '2 days'), ('\\x02', 'busy', now() - interval '2 days'),
                ('\\x03', 'dead', now() - interval '1 hour'), ('\\x04', 'ended', '-infinity');
            INSERT INTO claim VALUES (0, 'row', '\\x00', '\\x02', 1, 0)
            """)
        try await process.replica.announce("again")
        try #expect(two.query("SELECT address FROM replica ORDER BY 1") == [["again"], ["busy"], ["dead"]])
        try process.datastore.close()
        try two.remove()
    }

    /// The peer remembers so many incarnations and no more.
    @Test func noMoreThanThePeerRemembers() async throws {
        let two = try TwoProcesses()
        try two.query(
            """
            INSERT INTO replica SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '', clock_timestamp() + interval '10 seconds'
            FROM generate_series(1, \(PostgreSQLReplica.greatestCount)) AS n
            """)
        guard case .inUse = try await two.refusal(1) else {
            Issue.record("one more shares the store")
            return
        }
        try two.query("UPDATE replica SET seen_until = '-infinity' WHERE id = decode(lpad('1', 32, '0'), 'hex')")
        #expect(try await two.refusal(1) == nil)
        try two.remove()
    }

    @Test func theSecretIsOneForAllAndOfTheRoleAlone() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let secret = try await first.replica.secret()
        #expect(secret.count == 32 && Set(secret).count > 8)
        #expect(try await second.replica.secret() == secret)
        #expect(first.replica.id != second.replica.id && first.replica.isShared)
        #expect(first.store.replica.id == first.replica.id)
        let other = try TwoProcesses(.helper)
        let stranger = try await other.open(1)
        #expect(try await stranger.replica.secret() != secret)
        for process in [first, second, stranger] { try process.datastore.close() }
        for place in [two, other] { try place.remove() }
    }

    /// A process that has the store alone writes nothing of claims and of its life.
    @Test func aloneNothingIsWritten() async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        try await datastore.replica.announce("alone")
        let claim = try #require(try await store.write("take") { try $0.take(Self.work) })
        #expect(try await store.read("holds") { try $0.holds(claim) })
        #expect(!datastore.replica.isShared)
        try #expect(
            one.place.database.query("SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM replica)") == [
                ["0", "0"]
            ])
        try datastore.close()
        try one.place.remove()
    }
}
#endif
