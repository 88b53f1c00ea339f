import Aggregator
import Synchronization

/// Another clock, whose pauses are noted.
final class RecordingClock: AggregatorClock {
    private let clock: TestClock
    private let noted = Mutex<[Duration]>([])

    init(_ clock: TestClock) { self.clock = clock }

    var now: UInt64 { clock.now }

    /// Every pause that was asked for, in order.
    var all: [Duration] { noted.withLock { $0 } }

    func sleep(for duration: Duration) async throws {
        noted.withLock { $0.append(duration) }
        try await clock.sleep(for: duration)
    }
}
