import ArgumentParser
import DAP
import Foundation

/// A moment: `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00+01:00` or seconds since the Epoch.
///
/// Where no zone is named it is UTC.
struct Moment: ExpressibleByArgument {
    /// Since the Epoch.
    var seconds: UInt64

    init?(argument: String) {
        if let seconds = UInt64(argument) {
            self.seconds = seconds
            return
        }
        var parts = argument.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 { parts.append("00:00:00Z") }
        var time = parts[1]
        let zone = time.firstIndex { "Z+-".contains($0) } ?? time.endIndex
        if zone == time.endIndex { time += "Z" }
        if time.prefix(upTo: zone).count == 5 { time.insert(contentsOf: ":00", at: zone) }
        let date = ISO8601DateFormatter().date(from: parts[0] + "T" + time)
        // Far enough for any clock, and within what a whole number of seconds can be.
        guard let since = date?.timeIntervalSince1970, (0...1e12).contains(since) else { return nil }
        seconds = UInt64(since)
    }

    /// A time as people read it: `2026-01-31T12:00:00Z`, or seconds where it lies beyond all calendars.
    static func text(_ seconds: UInt64) -> String {
        Time.text(secondsSinceEpoch: seconds)
    }
}
