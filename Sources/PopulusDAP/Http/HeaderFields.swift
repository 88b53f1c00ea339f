import Foundation

/// What header fields of an answer say in seconds.
package enum HeaderFields {
    /// For how long an answer may be used again, in seconds; nil if nothing is said of it.
    ///
    /// A private cache of its own heeds `no-store`, `no-cache` and `max-age`, less the time that the answer has spent
    /// in other caches. An unreadable `max-age` makes the answer stale.
    ///
    /// Spec: RFC 9111 §4.2, §5.2.2
    package static func freshFor(cacheControl: String?, age: String?) -> Double? {
        guard let cacheControl else { return nil }
        var maxAge: Double?
        for directive in cacheControl.lowercased().split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            switch parts.first {
            case "no-store", "no-cache": return 0
            case "max-age" where maxAge == nil:
                let digits = parts.count == 2 ? parts[1].trimmingCharacters(in: ["\""]) : ""
                maxAge = digits.isEmpty || !digits.allSatisfy(\.isASCIIDigit) ? 0 : Double(digits) ?? 0
            default: continue
            }
        }
        guard let maxAge else { return nil }
        let spent = age.flatMap { UInt64($0.trimmingCharacters(in: .whitespaces)) } ?? 0
        return max(0, maxAge - Double(spent))
    }

    /// A date as HTTP writes it today: `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Spec: RFC 9110 §5.6.7
    package static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
