import Foundation

/// Numbers, times and kinds as people read them.
enum Words {
    /// A whole number with a comma between groups of three digits.
    static func number(_ number: some BinaryInteger) -> String {
        let digits = Array("\(number.magnitude)".utf8)
        var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// As many of a thing, whose plural ends in an s.
    static func counted(_ count: some BinaryInteger, _ thing: String) -> String {
        "\(number(count)) \(thing)\(count == 1 ? "" : "s")"
    }

    /// A part of a whole in hundredths; nothing of no whole.
    static func share(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "" }
        let hundredths = Double(part) / Double(whole) * 100
        if part > 0, hundredths < 0.05 { return "under 0.1 %" }
        return String(format: "%.1f %%", hundredths)
    }

    /// A moment for people, in UTC, to the minute.
    static func moment(_ seconds: UInt64) -> String { "\(day(seconds)) \(minute(seconds)) UTC" }

    private static func day(_ seconds: UInt64) -> String { String(iso(seconds).prefix(10)) }
    private static func minute(_ seconds: UInt64) -> String { String(iso(seconds).dropFirst(11).prefix(5)) }

    /// A moment for programs.
    ///
    /// Spec: RFC 3339 §5.6
    static func iso(_ seconds: UInt64) -> String {
        // The last second of the year 9999: a calendar has no later one in four digits.
        let date = Date(timeIntervalSince1970: Double(min(seconds, 253_402_300_799)))
        return date.formatted(.iso8601)
    }

    /// From when until when: days where they are whole, and the second day only where it is another.
    static func span(_ span: TimeSpan) -> String {
        let (first, last) = (day(span.start), day(span.end))
        if span.start.isMultiple(of: 86_400), span.end.isMultiple(of: 86_400) {
            return span.end == span.start + 86_400 ? first : "\(first) until \(last)"
        }
        let end = first == last ? minute(span.end) : "\(last) \(minute(span.end))"
        return "\(first) \(minute(span.start)) until \(end) UTC"
    }

    static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "very long" }
        switch max(0, seconds) {
        case ..<1: return String(format: "%.2f s", max(0, seconds))
        case ..<10: return String(format: "%.1f s", max(0, seconds))
        case ..<60: return "\(Int(seconds)) s"
        case ..<3600: return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
        default: return "\(Int(seconds) / 3600) h \(Int(seconds) / 60 % 60) min"
        }
    }

    /// A number of a drawing, with a dot and two digits behind it.
    static func place(_ number: Double) -> String {
        String(format: "%.2f", number.isFinite ? number : 0)
    }
}

extension ChangeKind {
    var words: String {
        switch self {
        case .new: "new"
        case .risen: "risen"
        case .fallen: "fallen"
        case .gone: "gone"
        case .withinNoise: "within noise"
        case .cutOff: "cut off"
        case .unchanged: "unchanged"
        }
    }

    /// Beside the words, for the eye.
    var sign: String {
        switch self {
        case .new: "+"
        case .risen: "▲"
        case .fallen: "▼"
        case .gone: "−"
        case .withinNoise: "≈"
        case .cutOff: "…"
        case .unchanged: "="
        }
    }
}
