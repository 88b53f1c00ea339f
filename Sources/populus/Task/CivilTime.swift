/// A day of the calendar and a time of that day, as ISO 8601 writes them: ASCII digits at fixed places and nothing else.
///
/// Foundation's formatter takes the 30th of February for the 2nd of March, and digits of other scripts.
///
/// Spec: RFC 3339 §5.6, with the seconds and the zone left out at will
struct CivilTime {
    let secondsSinceEpoch: UInt64

    init(_ text: String) throws(MomentError) {
        var rest = Array(text.utf8)[...]
        let day = try Self.day(&rest)
        var seconds = Self.days(before: day) * 86_400
        if let separator = rest.popFirst() {
            // RFC 3339 permits small letters and a space.
            guard "Tt ".utf8.contains(separator) else { throw .form }
            seconds += try Self.timeOfDay(&rest)
            seconds -= try Self.zone(&rest)
        }
        guard rest.isEmpty else { throw .form }
        guard seconds >= 0 else { throw .beforeTheEpoch }
        secondsSinceEpoch = UInt64(seconds)
    }

    private typealias Day = (year: Int, month: Int, day: Int)

    private static func day(_ rest: inout ArraySlice<UInt8>) throws(MomentError) -> Day {
        let year = try number(4, &rest)
        try take("-", &rest)
        let month = try number(2, &rest)
        try take("-", &rest)
        let day = try number(2, &rest)
        let name = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        guard (1...12).contains(month) else { throw .noSuchDay(name, last: nil) }
        let length = length(ofMonth: month, year)
        guard (1...length).contains(day) else {
            let last = "\(padded(year, 4))-\(padded(month, 2))-\(length)"
            throw .noSuchDay(name, last: day > length ? last : nil)
        }
        return (year, month, day)
    }

    /// Hours and minutes, and seconds if they are there, whole ones.
    private static func timeOfDay(_ rest: inout ArraySlice<UInt8>) throws(MomentError) -> Int {
        var parts = [try number(2, &rest)]
        while parts.count < 3, rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            parts.append(try number(2, &rest))
        }
        guard parts.count > 1 else { throw .form }
        let second = parts.count > 2 ? parts[2] : 0
        guard parts[0] < 24, parts[1] < 60, second < 60 else {
            throw .noSuchTime(parts.map { padded($0, 2) }.joined(separator: ":"))
        }
        return 3600 * parts[0] + 60 * parts[1] + second
    }

    /// Seconds east of UTC: `Z`, `+01:00`, `+0100`, `+01` or nothing.
    private static func zone(_ rest: inout ArraySlice<UInt8>) throws(MomentError) -> Int {
        guard let sign = rest.popFirst() else { return 0 }
        if "Zz".utf8.contains(sign) { return 0 }
        guard "+-".utf8.contains(sign) else { throw .form }
        let hours = try number(2, &rest)
        if rest.first == UInt8(ascii: ":") { rest.removeFirst() }
        let minutes = rest.isEmpty ? 0 : try number(2, &rest)
        guard hours < 24, minutes < 60 else {
            throw .noSuchTime("\(sign == UInt8(ascii: "-") ? "-" : "+")\(padded(hours, 2)):\(padded(minutes, 2))")
        }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (3600 * hours + 60 * minutes)
    }

    private static func take(_ character: Character, _ rest: inout ArraySlice<UInt8>) throws(MomentError) {
        guard rest.popFirst() == character.asciiValue else { throw .form }
    }

    /// So many ASCII digits.
    private static func number(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws(MomentError) -> Int {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .form }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { 10 * $0 + Int($1 - 0x30) }
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// The days between 1970-01-01 and a day, negative before.
    private static func days(before day: Day) -> Int {
        // Years before `year` have 365 days each, and one more each leap year; 719162 days lie before 1970.
        let years = day.year - 1
        let leapDays = years >= 0 ? years / 4 - years / 100 + years / 400 : 0
        let months = (1..<day.month).reduce(0) { $0 + length(ofMonth: $1, day.year) }
        return 365 * years + leapDays + months + day.day - 1 - 719_162
    }
}
