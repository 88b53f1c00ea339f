/// When a notice is sent.
///
/// The spellings need no quotes in a shell: `>` and `<` would redirect.
package enum NoticeRule: Hashable, Sendable {
    /// A string is new, and surely has more than so many votes.
    case newOver(UInt64)
    /// A string surely has as many times the votes that it had before.
    case roseBy(Factor)
    /// A walk has no result.
    case failed
    /// A batch has fewer reports than so many.
    case uploadsBelow(UInt64)
    /// A batch has less than this share of the usual number of reports.
    case uploadsBelowUsual(percent: UInt64)

    /// How many times as many; in thousandths, above 1.
    package struct Factor: Hashable, Sendable {
        package let thousandths: UInt64

        /// Reads a number above 1 with at most three decimals.
        init?(_ text: Substring) {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let decimals = parts.count == 2 ? String(parts[1]) : "0"
            guard let whole = parts.first.flatMap({ NoticeRule.number($0) }), whole <= 1_000_000,
                (1...3).contains(decimals.utf8.count),
                let rest = NoticeRule.number(decimals + String(repeating: "0", count: 3 - decimals.utf8.count))
            else { return nil }
            thousandths = 1_000 * whole + rest
            guard thousandths > 1_000 else { return nil }
        }
    }

    /// Reads `new-over=100`, `rose-by=2`, `failed`, `uploads-below=1000` or `uploads-below=50%`.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? parts[1] : nil
        switch (parts.first, value) {
        case ("failed", nil): self = .failed
        case ("new-over", let value?):
            guard let number = Self.number(value) else { return nil }
            self = .newOver(number)
        case ("rose-by", let value?):
            guard let factor = Factor(value) else { return nil }
            self = .roseBy(factor)
        case ("uploads-below", let value?) where value.hasSuffix("%"):
            guard let percent = Self.number(value.dropLast()), (1...100).contains(percent) else { return nil }
            self = .uploadsBelowUsual(percent: percent)
        case ("uploads-below", let value?):
            guard let number = Self.number(value), number > 0 else { return nil }
            self = .uploadsBelow(number)
        default: return nil
        }
    }

    /// A whole number in ASCII digits.
    private static func number(_ text: some StringProtocol) -> UInt64? {
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? UInt64(text) : nil
    }
}

extension NoticeRule {
    /// How many walks it looks at: the one that it is about, and those that it compares that one with.
    package var walksCompared: Int {
        switch self {
        case .newOver, .roseBy: 2
        case .failed, .uploadsBelow: 1
        case .uploadsBelowUsual: 1 + RuleBook.usualWalks.lowerBound
        }
    }
}

extension NoticeRule: CustomStringConvertible {
    /// The rule as it is written.
    package var description: String {
        switch self {
        case .newOver(let votes): "new-over=\(votes)"
        case .roseBy(let factor): "rose-by=\(factor)"
        case .failed: "failed"
        case .uploadsBelow(let reports): "uploads-below=\(reports)"
        case .uploadsBelowUsual(let percent): "uploads-below=\(percent)%"
        }
    }
}

extension NoticeRule.Factor: CustomStringConvertible {
    package var description: String {
        let decimals = "\(thousandths % 1_000 + 1_000)".dropFirst().reversed().drop { $0 == "0" }.reversed()
        return "\(thousandths / 1_000)\(decimals.isEmpty ? "" : "." + String(decimals))"
    }
}
