#if PostgreSQL
/// How long what may wait waits, in seconds: no write hangs for ever with a server that is dead.
package struct PostgreSQLLimits: Sendable {
    /// For a connection to each of the server's addresses.
    package var connect = 10
    /// For one statement, by the server's clock.
    package var statement = 120
    /// For a lock that another transaction holds.
    package var lock = 30
    /// For this process within a transaction: then the server ends it, and gives its locks back.
    package var idle = 120
    /// For any word of the server; then the connection is given up.
    package var silence = 150
    /// For sent bytes to be acknowledged, and for a peer's sign of life.
    package var acknowledgement = 30
    /// For a transaction that has to run again, all of its runs together, be it that the server is away.
    package var retry = 60

    /// For the lock of a process that was killed, which may still seem to be there.
    package var handover = 5

    package init() {}

    /// Those of one process of several: one that stands still within a transaction holds up the others not much longer than it
    /// counts as alive.
    var amongOthers: PostgreSQLLimits {
        var limits = self
        limits.idle = min(idle, 15)
        return limits
    }

    package static let service = PostgreSQLLimits()

    /// For what an operator runs over all rows of a store.
    package static let maintenance: PostgreSQLLimits = {
        var limits = PostgreSQLLimits()
        (limits.statement, limits.silence) = (0, 24 * 3600)
        return limits
    }()
}
#endif
