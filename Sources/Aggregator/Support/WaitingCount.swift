import PopulusDAP
import Synchronization

/// How many reports wait, counted once a minute at most, however often somebody asks.
///
/// A Collector that could ask for it at any time would see each upload come.
final class WaitingCount: Sendable {
    /// Seconds for which a count is told.
    static let life: UInt64 = 60

    private let latest = Mutex<WaitingReports?>(nil)

    /// - Parameters:
    ///   - least: the least batch.
    ///   - count: how many, and the oldest one's time in seconds since the Epoch.
    func value(
        at now: UInt64, least: UInt64, _ count: () async throws(AggregatorError) -> (count: UInt64, oldest: UInt64?)
    ) async throws(AggregatorError) -> WaitingReports {
        if let known = latest.withLock({ $0 }), now < known.countedAt + Self.life, now >= known.countedAt {
            return known
        }
        let (exact, oldest) = try await count()
        let new = WaitingReports(exact: exact, least: least, oldest: oldest, countedAt: now)
        latest.withLock { $0 = new }
        return new
    }
}
