import Foundation
import PopulusHTTPRequests

/// What a run waits for, and since when.
package enum Waiting: Hashable, Sendable {
    /// The end of the interval that is asked for, in seconds since the Epoch; told once a second.
    case interval(end: UInt64, secondsLeft: Double)
    /// The Leader, which does not answer as it should.
    case leader(ServerAbsence)
    /// The Helper, by what the Leader says; since when in seconds since the Epoch.
    case helper(since: UInt64?, reason: String?)
    /// The Leader's own work on the task, which fails.
    case failingLeader
    /// More reports: so many have come, rounded down to `unit`, and a batch needs `least`.
    case reports(count: UInt64, unit: UInt64, least: UInt64)
    /// Something that the Leader does not tell.
    case unknown
}

/// A wait that begins, goes on or is over.
enum WaitingChange: Hashable, Sendable {
    case waiting(Waiting)
    case isOver(Waiting)
}

extension WaitingChange {
    /// Waits for the end of an interval by this machine's clock, and tells of it once a second.
    ///
    /// - Parameter end: in seconds since the Epoch.
    static func wait(
        until end: UInt64, tell: @Sendable (WaitingChange) -> Void
    ) async throws(CollectorError) {
        func left() -> Double { max(0, Double(end) - Date().timeIntervalSince1970) }
        repeat {
            tell(.waiting(.interval(end: end, secondsLeft: left())))
            do { try await Task.sleep(for: .seconds(min(1, max(0.01, left())))) } catch { throw .interrupted }
        } while left() > 0
        tell(.isOver(.interval(end: end, secondsLeft: 0)))
    }
}
