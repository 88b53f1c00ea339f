import Aggregator
import Synchronization

/// A clock whose time of day the test sets, and whose pauses are a thousand times shorter than asked for.
final class TestClock: AggregatorClock {
    private let seconds: Mutex<UInt64>

    init(now: UInt64 = 1_800_000_000) { seconds = Mutex(now) }

    var now: UInt64 { seconds.withLock { $0 } }

    func advance(seconds more: UInt64) { seconds.withLock { $0 += more } }

    func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration / 1000)
    }
}
