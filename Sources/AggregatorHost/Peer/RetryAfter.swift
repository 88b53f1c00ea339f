import Foundation
import HTTPRequests

/// A Retry-After header field: seconds, or the time of day at which to come back.
///
/// Spec: RFC 9110 §10.2.3
enum RetryAfter {
    /// The pause that the field asks for, at most a day; nothing if it is neither number nor date.
    static func pause(_ field: String, now: Date = Date()) -> Duration? {
        let greatest = 86_400
        if let seconds = UInt64(field) { return .seconds(min(seconds, UInt64(greatest))) }
        guard let date = HeaderFields.date(field) else { return nil }
        let seconds = date.timeIntervalSince(now)
        return .seconds(seconds.isNaN ? 0 : Int(min(max(seconds.rounded(.up), 0), Double(greatest))))
    }
}
