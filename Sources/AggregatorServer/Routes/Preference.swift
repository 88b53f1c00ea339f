import HTTPTypes
import PopulusDAP

/// What a client prefers of the way its request is answered: here, for how long it may be held.
///
/// Spec: RFC 7240
enum Preference {
    private static let prefer = HTTPField.Name("Prefer")
    private static let applied = HTTPField.Name("Preference-Applied")
    private static let greatestSeconds: Int64 = 86_400

    /// The time of `wait=N`, in whole seconds, at most a day; nothing if there is none or it is no number.
    ///
    /// The first of several counts. Parameters and other preferences are passed over.
    ///
    /// Spec: RFC 7240 §2, §4.3
    static func wait(of head: HTTPRequest) -> Duration? {
        guard let prefer else { return nil }
        for preference in head.headerFields[values: prefer].flatMap({ $0.split(separator: ",") }) {
            let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard parts.first.map(trimmed)?.lowercased() == "wait" else { continue }
            guard parts.count == 2 else { return nil }
            let digits = trimmed(parts[1]).trimmingPrefix("\"").prefix { $0 != "\"" }
            guard !digits.isEmpty, digits.allSatisfy({ "0"..."9" ~= $0 }) else { return nil }
            return .seconds(min(Int64(digits) ?? greatestSeconds, greatestSeconds))
        }
        return nil
    }

    /// How many reports a Collector needs at least.
    static func leastReports(of head: HTTPRequest) -> UInt64? {
        guard let name = HTTPField.Name(LeastReports.fieldName), let value = head.headerFields[name] else { return nil }
        return LeastReports.number(value)
    }

    /// Says for how long the request was held at most.
    ///
    /// Spec: RFC 7240 §3
    static func setApplied(wait seconds: Int, in fields: inout HTTPFields) {
        guard let applied else { return }
        fields[applied] = "wait=\(seconds)"
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
