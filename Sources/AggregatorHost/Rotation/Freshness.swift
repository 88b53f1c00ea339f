import Synchronization

/// How long ago a process has looked at what others of its role have changed.
///
/// One that was stopped for a while, or could not reach its store, may meet a key or a token that all the others know. It must
/// not say that there is none.
final class Freshness: Sendable {
    private let looked = Mutex<ContinuousClock.Instant?>(nil)
    private let failed = Mutex<ContinuousClock.Instant?>(nil)

    /// Nobody uses a new token before an operator's request was answered, which waits so long; and a new key later than that.
    private static let limit = OperatedTasks.pause * 2

    /// A look has begun then, and has come to its end.
    func note(_ moment: ContinuousClock.Instant) { looked.withLock { $0 = max($0 ?? moment, moment) } }

    /// A look has failed just now.
    func noteFailure() { failed.withLock { $0 = ContinuousClock.now } }

    /// Whether another look may go better: a moment has passed since one failed.
    var mayTry: Bool { failed.withLock { $0.map { ContinuousClock.now - $0 > OperatedTasks.pause } ?? true } }

    /// Whether this process may have missed a change; never where nobody else changes anything.
    var isStale: Bool {
        guard let looked = looked.withLock({ $0 }) else { return false }
        return ContinuousClock.now - looked > Self.limit
    }
}
