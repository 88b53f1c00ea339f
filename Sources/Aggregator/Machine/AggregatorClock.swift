/// Where an aggregator gets the time from: real in service, scripted in tests.
package protocol AggregatorClock: Sendable {
    /// Seconds since the Epoch, leap seconds not counted.
    var now: UInt64 { get }

    /// Waits; ends early with `CancellationError` when the calling task is cancelled.
    func sleep(for duration: Duration) async throws
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The machine's own clock.
package struct SystemClock: AggregatorClock {
    package init() {}

    package var now: UInt64 { UInt64(max(0, time(nil))) }

    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}
