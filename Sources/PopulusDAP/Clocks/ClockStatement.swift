/// What an aggregator says of its clock with every message to the other one: what time it is there, and how far ahead of
/// that a report's time may be.
///
/// The value of a field: both in seconds, in decimal digits, with a space between: `1764410000 300`.
///
/// Spec: <doc:WalkExtension>
package struct ClockStatement: Hashable, Sendable {
    package static let fieldName = "Populus-Clock"

    /// Seconds since the Epoch.
    package let now: UInt64
    /// In seconds.
    package let tolerance: UInt64

    package init(now: UInt64, tolerance: UInt64) {
        self.now = now
        self.tolerance = tolerance
    }

    package var fieldValue: String { "\(now) \(tolerance)" }

    /// Fails for what is none.
    package init?(fieldValue: String) {
        let numbers = fieldValue.split(separator: " ", omittingEmptySubsequences: false).map { digits -> UInt64? in
            guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt64(digits) else { return nil }
            // Far enough for any clock, and nothing that is added to it overflows.
            return number < 1 << 62 ? number : nil
        }
        guard numbers.count == 2, let now = numbers[0], let tolerance = numbers[1] else { return nil }
        self.init(now: now, tolerance: tolerance)
    }
}
