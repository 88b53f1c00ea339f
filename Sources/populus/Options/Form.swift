import ArgumentParser
import PopulusDAP

/// Readers of options' values, for `@Option(transform:)`: whoever gives another form is told the right one, with an example.
///
/// What a reader says follows "The value '…' is invalid for '--option': ".
enum Form {
    /// A whole number.
    static func number<Number: FixedWidthInteger & Sendable>(
        _ option: String, _ range: ClosedRange<Number>, such example: Number
    ) -> @Sendable (String) throws -> Number {
        { text in
            // What is greater than any number of the type is still a number.
            let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber else {
                throw ValidationError("give a whole number \(words(range)), such as \(example)")
            }
            guard let number = Number(text), range.contains(number) else {
                let isBelow = Number(text).map { $0 < range.lowerBound } ?? false
                let bound = isBelow ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
                throw ValidationError("\(option) is \(bound): give a whole number \(words(range)), such as \(example)")
            }
            return number
        }
    }

    /// An aggregator's base URL.
    static let baseURL: @Sendable (String) throws -> AggregatorURL = { text in
        do throws(AggregatorURLError) {
            return try AggregatorURL(text)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// A length of time.
    static let seconds: @Sendable (String) throws -> Seconds = { text in
        guard let seconds = Seconds(text) else {
            throw ValidationError("give a length of time such as 90s, 5m, 1h or 7d, at least 1s")
        }
        return seconds
    }

    /// A share in per cent.
    static let share: @Sendable (String) throws -> Share = { text in
        guard let share = Share(text) else {
            throw ValidationError(
                "give a share in per cent, 0% to 100% with at most four decimals, such as 1% or 0.25%"
                    + Share.advice(for: text))
        }
        return share
    }

    /// A number of MiB; a unit is a common slip.
    static func mebibytes(_ option: String, _ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        let number = number(option, range, such: 2048)
        return { text in
            if let last = text.last, last.isLetter {
                throw ValidationError("give a whole number of MiB without a unit, such as 2048 for 2 GiB")
            }
            return try number(text)
        }
    }

    /// A range for people, who need not know where a type ends.
    private static func words<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> String {
        range.upperBound == .max && Number.bitWidth > 16
            ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
    }
}
