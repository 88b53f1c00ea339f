import ArgumentParser
import Foundation
import PopulusDAP

/// The batch modes by name; `BatchMode` itself would be shown as the number that stands for it on the wire.
enum BatchModeName: String, ExpressibleByArgument, CaseIterable {
    case leaderSelected = "leader-selected"
    case timeInterval = "time-interval"

    var mode: BatchMode {
        switch self {
        case .leaderSelected: .leaderSelected
        case .timeInterval: .timeInterval
        }
    }

    init(_ mode: BatchMode) {
        switch mode {
        case .leaderSelected: self = .leaderSelected
        case .timeInterval: self = .timeInterval
        }
    }
}

/// A length of time: `90`, `90s`, `5m`, `1h` or `7d`.
struct Seconds: Equatable, CustomStringConvertible {
    var value: UInt64

    init(_ value: UInt64) {
        self.value = value
    }

    init?(_ text: String) {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let unit = text.last.flatMap { units[$0] }
        guard let number = UInt64(unit == nil ? text[...] : text.dropLast()), number > 0 else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self.value = value
    }

    var description: String {
        for (size, unit) in [(86400, "d"), (3600, "h"), (60, "m")] as [(UInt64, String)] where value % size == 0 {
            return "\(value / size)\(unit)"
        }
        return "\(value)s"
    }
}

/// A share such as `1%` or `0.25%`, exact in parts per million.
struct Share: Equatable, CustomStringConvertible {
    var partsPerMillion: UInt32

    init(partsPerMillion: UInt32) {
        self.partsPerMillion = partsPerMillion
    }

    /// What somebody who writes a plain fraction such as `0.01` may mean, as the end of a sentence.
    static func advice(for text: String) -> String {
        guard text.contains("."), text.utf8.allSatisfy("0123456789.".utf8.contains), let fraction = Double(text),
            fraction >= 0.000_001, fraction < 1
        else { return "" }
        let share = Share(partsPerMillion: UInt32((fraction * 1_000_000).rounded()))
        return "; \(text) of all reports is \(share)"
    }

    init?(_ text: String) {
        guard text.last == "%" else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ UInt32($0) }), whole <= 100 else { return nil }
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard (1...4).contains(fraction.count), fraction.allSatisfy({ $0.isASCII && $0.isNumber }),
            let tail = UInt32(fraction + String(repeating: "0", count: 4 - fraction.count))
        else { return nil }
        let sum = whole * 10_000 + tail
        guard sum <= 1_000_000 else { return nil }
        partsPerMillion = sum
    }

    var description: String {
        let tail = String(partsPerMillion % 10_000 + 10_000).dropFirst()
        let digits = tail.reversed().drop { $0 == "0" }.reversed()
        return "\(partsPerMillion / 10_000)\(digits.isEmpty ? "" : "." + String(digits))%"
    }
}
