#if PostgreSQL
import Aggregator
import Foundation

/// A thread's connection: made when it is needed, and made again when it was lost.
final class PostgreSQLWorker {
    private let connector: PostgreSQLConnector
    private var connection: PostgreSQLConnection?
    /// The last connection that was lost: its process may still hold locks at the server.
    private var remains: PostgreSQLBackend?

    init(_ connector: PostgreSQLConnector) { self.connector = connector }

    /// The connection.
    func connected() throws -> PostgreSQLConnection {
        if let connection, !connection.isLost { return connection }
        lose()
        let connection = try connector.connect()
        if let remains {
            try remains.end(over: connection)
            self.remains = nil
        }
        self.connection = connection
        return connection
    }

    /// Gives the connection up, whatever its transaction is doing at the server.
    func lose() {
        remains = connection?.backend ?? remains
        connection = nil
    }

    func disconnect() { connection = nil }

    /// Begins anew where a transaction was not ended in order.
    func settle() {
        guard let connection else { return }
        guard !connection.isLost, connection.isIdle || connection.rollBack() else { return lose() }
    }

    /// Runs `body` until it goes well, or fails for a reason that does not pass, or for too long.
    ///
    /// - Parameters:
    ///   - end: after that it does not run again.
    ///   - isClosing: whether nobody waits any more for a server that is away.
    func persist<T>(
        until end: ContinuousClock.Instant, unless isClosing: () -> Bool,
        _ body: (PostgreSQLConnection) throws -> T
    ) throws -> T {
        var pause = PostgreSQLPause()
        while true {
            do {
                let value = try body(try connected())
                settle()
                return value
            } catch let error as PostgreSQLError {
                if error.isLost { lose() } else { settle() }
                guard error.isTransient, !error.isRefusal, pause.runs < PostgreSQLPause.greatestRuns, !isClosing(),
                    ContinuousClock.now + pause.next < end
                else { throw error }
                pause.take()
            } catch {
                settle()
                throw error
            }
        }
    }
}

/// Pauses between the runs of what failed: none before the second one, then growing ones.
struct PostgreSQLPause {
    static let greatestRuns = 64

    private(set) var runs = 0

    /// How long the next one is.
    var next: Duration { runs == 0 ? .zero : .milliseconds(min(2000, 20 << min(runs, 7))) }

    mutating func take() {
        // No two that collided wait equally long.
        Thread.sleep(forTimeInterval: Double(next.milliseconds) / 1000 * Double.random(in: 0.5...1))
        runs += 1
    }
}

/// A server's process, and when it began: numbers of processes are used again.
struct PostgreSQLBackend: Sendable {
    let process: Int64
    /// Microseconds since the Epoch, by the server.
    let start: Int64

    static let startColumn = "(extract(epoch FROM backend_start) * 1000000)::bigint"

    /// Ends the process, if it is still there: nobody is at the other end of its connection.
    func end(over connection: PostgreSQLConnection) throws {
        try connection.run(
            """
            SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
            WHERE pid = $1 AND \(Self.startColumn) = $2
            """, [.integer(process), .integer(start)])
    }
}
#endif
