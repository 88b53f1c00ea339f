import Synchronization

/// The lines of an input that were left out: so many are named, and the rest is counted.
final class NamedLines: Sendable {
    private static let most = 20

    private let display: ProgressDisplay
    private let count = Mutex(0)

    init(_ display: ProgressDisplay) {
        self.display = display
    }

    func say(_ text: String) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number <= Self.most { display.error(text) }
    }

    /// Says how many were not named.
    func sayRest() {
        let rest = count.withLock { $0 } - Self.most
        if rest > 0 { display.error("… and \(Self.grouped(rest)) more") }
    }

    /// A number with commas: `1,234`.
    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }
}
