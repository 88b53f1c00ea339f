import Aggregator
import Synchronization

/// A clock whose time of day the test sets, and whose pauses are a thousand times shorter than asked for.
final class TestClock: AggregatorClock {
    private let seconds: Mutex<UInt64>

    init(now: UInt64 = 1_800_000_000) { seconds = Mutex(now) }

    var now: UInt64 { seconds.withLock { $0 } }

    func advance(seconds more: UInt64) { seconds.withLock { $0 += more } }

    func setBack(seconds less: UInt64) { seconds.withLock { $0 -= less } }

    func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration / 1000)
    }
}

/// Another machine's clock, so many seconds ahead of the test's or, below 0, behind it.
final class OtherClock: AggregatorClock {
    private let base: TestClock
    private let ahead = Mutex<Int64>(0)

    init(_ base: TestClock) { self.base = base }

    var now: UInt64 { UInt64(Int64(base.now) + ahead.withLock { $0 }) }

    func set(ahead seconds: Int64) { ahead.withLock { $0 = seconds } }

    func sleep(for duration: Duration) async throws { try await base.sleep(for: duration) }

    /// What a Helper with this clock says of it to a Leader with the test's.
    func said(tolerance: UInt64) -> HelperClock {
        HelperClock(offset: ahead.withLock { $0 }, tolerance: tolerance)
    }
}
