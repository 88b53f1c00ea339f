import Foundation

extension Time {
    /// The unit's start as people read it: `2026-01-31T12:00:00Z`, or seconds where it lies beyond all calendars.
    package func text(precision: TimePrecision) -> String {
        Self.text(secondsSinceEpoch: secondsSinceEpoch(precision: precision))
    }

    /// A POSIX timestamp as people read it.
    package static func text(secondsSinceEpoch seconds: UInt64) -> String {
        guard seconds < 253_402_300_800 else { return "\(seconds)" }
        return ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(seconds)))
    }
}
