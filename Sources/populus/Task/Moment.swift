import ArgumentParser
import Foundation
import PopulusDAP

/// A moment: `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00+01:00` or seconds since the Epoch.
///
/// Where no zone is named it is UTC. A day that no calendar has is no moment: which day was meant nobody knows, and a batch
/// is collected once.
struct Moment: Equatable {
    /// Since the Epoch.
    var seconds: UInt64

    init(seconds: UInt64) {
        self.seconds = seconds
    }

    /// Reads a moment.
    init(_ text: String) throws(MomentError) {
        guard !text.utf8.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            seconds = try CivilTime(text).secondsSinceEpoch
            return
        }
        seconds = try Self.seconds(text)
    }

    /// Seconds since the Epoch: nine to eleven digits, from 1973 until 5138, as `date +%s` prints them; or 0.
    ///
    /// Fewer or more digits are a day without its strokes, a year, milliseconds, or a length of time.
    private static func seconds(_ digits: String) throws(MomentError) -> UInt64 {
        guard digits != "0" else { return 0 }
        guard (9...11).contains(digits.count), digits.first != "0", let seconds = UInt64(digits) else {
            throw .notSeconds(meant: meant(digits))
        }
        return seconds
    }

    /// What somebody who writes digits without strokes may mean.
    private static func meant(_ digits: String) -> String? {
        let text = Array(digits)
        func part(_ range: Range<Int>) -> String { String(text[range]) }
        let day = text.count >= 8 ? "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))" : ""
        let candidate: String
        switch text.count {
        case 4: candidate = "\(digits)-01-01"
        case 6: candidate = "\(part(0..<4))-\(part(4..<6))-01"
        case 8: candidate = day
        case 12: candidate = "\(day)T\(part(8..<10)):\(part(10..<12))Z"
        case 13: candidate = UInt64(digits).map { Moment.text($0 / 1000) } ?? ""
        case 14: candidate = "\(day)T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z"
        default: candidate = ""
        }
        // What is no time is no guess at one.
        return (try? CivilTime(candidate)) == nil ? nil : candidate
    }

    /// A time as people read it: `2026-01-31T12:00:00Z`, or seconds where it lies beyond all calendars.
    static func text(_ seconds: UInt64) -> String {
        Time.text(secondsSinceEpoch: seconds)
    }

    /// Reads an option's value; for `@Option(transform:)`, so that what would be right is said.
    static func option(_ text: String) throws -> Moment {
        do throws(MomentError) {
            return try Moment(text)
        } catch {
            throw ValidationError(error.description)
        }
    }
}

/// Why a text is no moment.
enum MomentError: Error, Equatable, CustomStringConvertible {
    /// Not of any form.
    case form
    /// No calendar has such a day.
    case noSuchDay(String, last: String?)
    /// No clock shows such a time.
    case noSuchTime(String)
    /// Before 1970, where time begins here.
    case beforeTheEpoch
    /// Digits that are not the number of seconds of a day from 1973 on; and what they may mean.
    case notSeconds(meant: String?)

    private static let forms =
        "write a day such as 2026-01-31, a time such as 2026-01-31T12:00Z, or seconds since 1970 as `date +%s` prints "
        + "them, such as 1769860800"

    var description: String {
        switch self {
        case .form: Self.forms
        case .noSuchDay(let day, let last):
            "there is no day \(day)" + (last.map { ": that month ends with \($0)" } ?? "; " + Self.forms)
        case .noSuchTime(let time): "there is no time \(time): hours are 00 to 23, minutes and seconds 00 to 59"
        case .beforeTheEpoch: "times begin with 1970-01-01; " + Self.forms
        case .notSeconds(let meant):
            (meant.map { "if a day is meant, write \($0); " } ?? "no seconds of these days have so many digits; ")
                + Self.forms
        }
    }
}
