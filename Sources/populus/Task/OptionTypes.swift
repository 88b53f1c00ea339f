import ArgumentParser
import DAP
import Foundation

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
struct Seconds: ExpressibleByArgument, Equatable, CustomStringConvertible {
    var value: UInt64

    init(_ value: UInt64) {
        self.value = value
    }

    init?(argument: String) {
        let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = UInt64(unit == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
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

    var defaultValueDescription: String { description }
}

/// A share such as `1%` or `0.25%`, exact in parts per million.
struct Share: ExpressibleByArgument, Equatable, CustomStringConvertible {
    var partsPerMillion: UInt32

    init(partsPerMillion: UInt32) {
        self.partsPerMillion = partsPerMillion
    }

    init?(argument: String) {
        guard argument.last == "%" else { return nil }
        let parts = argument.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
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

    var defaultValueDescription: String { description }
}

/// An aggregator's base URL, with a slash at its end.
struct BaseURL: ExpressibleByArgument, Equatable {
    var text: String

    init?(argument: String) {
        guard let parts = URLComponents(string: argument), parts.scheme == "http" || parts.scheme == "https",
            parts.host?.isEmpty == false, parts.user == nil, parts.password == nil, parts.query == nil,
            parts.fragment == nil
        else { return nil }
        text = argument.hasSuffix("/") ? argument : argument + "/"
    }

    /// Whether it is plain HTTP to another machine, where tokens could be read on the way.
    var isExposed: Bool {
        let parts = URLComponents(string: text)
        let host = parts?.host ?? ""
        return parts?.scheme == "http"
            && !(host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127."))
    }
}
