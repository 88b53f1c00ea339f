#if PostgreSQL
import Foundation

/// Wakes a thread that waits for a connection: a pipe of its own, which it waits for too.
final class WakeBell: Sendable {
    /// Can be read once it was rung.
    let descriptor: Int32
    private let other: Int32

    /// - Throws: `PostgreSQLError` where the process has too many files open.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw PostgreSQLError.client("too many files are open") }
        (descriptor, other) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(other)
    }

    /// For good: who waits afterwards is woken at once.
    func ring() { _ = write(other, [1], 1) }
}
#endif
