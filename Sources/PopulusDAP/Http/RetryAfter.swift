import Foundation

/// A Retry-After field: seconds, or the time of day at which to come back.
///
/// Spec: RFC 9110 §10.2.3
package enum RetryAfter {
    /// The longest pause that a server can ask for; who asks may have less patience.
    package static let longest = Duration.seconds(86_400)

    /// The pause that the field asks for; nothing if it is neither number nor date.
    ///
    /// Nobody comes back before the time of day: it is rounded up to a second.
    package static func pause(_ field: String?, now: Date = Date()) -> Duration? {
        guard let text = field?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Double(text) { return bounded(seconds) }
        return HeaderFields.date(text).flatMap { bounded($0.timeIntervalSince(now).rounded(.up)) }
    }

    /// `nan` and `inf` are numbers to `Double`, and no time to wait.
    private static func bounded(_ seconds: Double) -> Duration? {
        seconds.isFinite ? .seconds(min(max(0, seconds), longest / .seconds(1))) : nil
    }
}
