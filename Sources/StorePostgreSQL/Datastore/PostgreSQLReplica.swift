#if PostgreSQL
import Aggregator
import PopulusDAP

/// This process among those that work on one database.
///
/// It lives as long as it says so, by the database's clock, and that clock alone: which of two machines has the right time
/// does not matter.
package final class PostgreSQLReplica: StoreReplica {
    package let id: ReplicaID
    package let isShared: Bool
    package let life = Duration.seconds(10)
    /// A thread and a connection of its own: a word that waits behind other work comes too late.
    private let pool: PostgreSQLPool
    private let channel: String
    private let patience: Int
    /// What makes the secret of what the store keeps, where it is sealed.
    private let seal: StoreSeal?
    /// Why this process can acknowledge nothing any more, if so.
    private let outage: @Sendable () -> StoreError?

    /// More processes at a time would not fit into the other aggregator's memory of incarnations (``StoreLedger``).
    package static let greatestCount = StoreEcho.greatestCount - StoreLedger.greatestAge

    /// - Parameters:
    ///   - channel: where processes tell each other of changes.
    ///   - outage: why the process can acknowledge nothing any more.
    init(
        _ id: ReplicaID, _ connector: PostgreSQLConnector, isShared: Bool, channel: String, seal: StoreSeal?,
        outage: @escaping @Sendable () -> StoreError?
    ) {
        (self.id, self.isShared, self.channel, self.seal, self.outage) = (id, isShared, channel, seal, outage)
        pool = PostgreSQLPool(connector, size: 1)
        patience = connector.limits.retry
    }

    /// Ends its connection.
    func close() { _ = pool.close(within: 2) }

    /// - Throws: `StoreError.inUse` where too many live already, unless this one is among them; the process's outage, so that others
    ///   take over what it cannot go on with.
    package func announce(_ address: String) async throws {
        guard isShared else { return }
        if let outage = outage() { throw outage }
        let (id, life) = (id, life)
        try await run { db in
            if try ReplicaTables.lives(id, db) { return try ReplicaTables.announce(id, address, life, db) }
            // One newcomer at a time, so that none is one too many.
            try db.script(
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; LOCK TABLE replica IN SHARE ROW EXCLUSIVE MODE")
            guard try ReplicaTables.count(db) < Self.greatestCount else {
                throw StoreError.inUse("\(db.place): by \(Self.greatestCount) servers, which is the most")
            }
            try ReplicaTables.announce(id, address, life, db)
            do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
        }
    }

    package func withdraw() async throws {
        guard isShared else { return }
        let (id, channel) = (id, channel)
        try await run { db in
            _ = try db.run(
                """
                WITH gone AS (UPDATE replica SET seen_until = '-infinity' WHERE id = $1)
                SELECT pg_notify($2, $3)
                """, [.id(id), .text(channel), .text(PostgreSQLListener.text(of: nil, by: id))])
        }
    }

    package func known() async throws -> [KnownReplica] {
        guard isShared else { return [] }
        let life = life
        return try await run { db in try ReplicaTables.known(life, db) }
    }

    package func secret() async throws -> [UInt8] {
        let seal = seal
        return try await run { db in
            guard let bytes = try StoreTables.meta("secret", db).flatMap({ Base64URL.decode($0) }), bytes.count == 32
            else { throw StoreError.damaged("the servers' secret is missing") }
            return seal?.replicaSecret(bytes) ?? bytes
        }
    }

    /// Has a thread of the pool do something that may be done twice.
    private func run<T: Sendable>(_ body: @escaping @Sendable (PostgreSQLConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            // Whoever waits longer has been taken for dead.
            let end = ContinuousClock.now + min(life, .seconds(patience))
            let isTaken = pool.submit(.write) { [pool] worker in
                let result = Result { try worker.persist(until: end, unless: { pool.isClosing }, body) }
                continuation.resume(with: result.mapError { StoreError.mapped($0) })
            }
            if !isTaken { continuation.resume(throwing: PostgreSQLTaskStore.closed) }
        }
    }
}

/// Who works on the database.
enum ReplicaTables {
    /// Whether a row of `replica` is that of a process that lives.
    ///
    /// No word reaches further than a life from now, but where the clock was set back since: that of a dead process would hold
    /// for as long otherwise. Whoever lives says so again soon.
    static let isAlive = isAlive("replica")

    private static func isAlive(_ row: String) -> String {
        "(\(row).seen_until > clock_timestamp() AND \(row).seen_until < clock_timestamp() + interval '30 seconds')"
    }

    /// Finds something where the owner of `claim` keeps its work from the process `$4`.
    ///
    /// One that lives does, and one that has not ended in order does until somebody has outlived it: who lived when it fell silent,
    /// or a life after it began to. When the database was away all seem dead, and whoever comes back first takes nothing from
    /// those that come back just after it.
    static let ownerKeeps = """
        SELECT FROM replica AS owner WHERE owner.id = claim.replica AND owner.seen_until > '-infinity'
            AND (\(isAlive("owner")) OR NOT EXISTS (SELECT FROM replica AS own WHERE own.id = $4 AND \(isAlive("own"))
                AND (own.alive_since <= owner.seen_until OR own.alive_since < clock_timestamp() - interval '10 seconds')))
        """

    static func lives(_ id: ReplicaID, _ db: PostgreSQLConnection) throws -> Bool {
        try db.one("SELECT \(isAlive) FROM replica WHERE id = $1", [.id(id)]) { try $0.boolean() } ?? false
    }

    /// How many live.
    static func count(_ db: PostgreSQLConnection) throws -> Int {
        try db.one("SELECT count(*) FROM replica WHERE \(isAlive)") { try $0.number() } ?? 0
    }

    /// The processes that live or died not long ago; those that ended in order have nothing left to say.
    static func known(_ life: Duration, _ db: PostgreSQLConnection) throws -> [KnownReplica] {
        try db.all(
            """
            SELECT id, address, \(isAlive),
                floor(extract(epoch FROM clock_timestamp() - seen_until) * 1000)::bigint
            FROM replica WHERE seen_until > '-infinity' ORDER BY seen_until DESC
            """
        ) {
            KnownReplica(
                id: try $0.identifier(), address: try $0.text(), isAlive: try $0.boolean(),
                silence: max(.zero, .milliseconds(try $0.integer()) + life))
        }
    }

    /// Says that a process lives; forgets those that have been dead for a day and have no work.
    static func announce(
        _ id: ReplicaID, _ address: String, _ life: Duration, _ db: PostgreSQLConnection
    ) throws {
        try db.run(
            """
            WITH gone AS (DELETE FROM replica WHERE id <> $1 AND seen_until < clock_timestamp() - interval '1 day'
                AND NOT EXISTS (SELECT FROM claim WHERE claim.replica = replica.id))
            INSERT INTO replica (id, address, seen_until)
            VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
            ON CONFLICT (id) DO UPDATE SET address = excluded.address, seen_until = excluded.seen_until,
                alive_since = CASE WHEN \(isAlive) THEN replica.alive_since ELSE clock_timestamp() END
            """, [.id(id), .text(address), .integer(life.milliseconds)])
    }
}
#endif
