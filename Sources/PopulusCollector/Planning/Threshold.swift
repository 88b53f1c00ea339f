/// How many votes a string needs to be published.
package enum Threshold: Hashable, Sendable {
    /// A number of reports, at least one.
    case count(UInt64)
    /// A share of the accepted reports, `numerator / denominator`, above 0 and at most 1.
    case share(numerator: UInt64, denominator: UInt64)

    /// Reads `10` or `0.1%`; nil for anything else, for nothing and for more than all.
    package init?(_ text: String) {
        guard text.hasSuffix("%") else {
            guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let count = UInt64(text), count > 0 else { return nil }
            self = .count(count)
            return
        }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard let whole = parts.first, !whole.isEmpty, parts.count == 1 || !fraction.isEmpty,
            whole.utf8.count <= 3, fraction.utf8.count <= 9,
            (whole + fraction).utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let numerator = UInt64(whole + fraction)
        else { return nil }
        let denominator = fraction.utf8.reduce(100 as UInt64) { scale, _ in scale * 10 }
        guard numerator > 0, numerator <= denominator else { return nil }
        self = .share(numerator: numerator, denominator: denominator)
    }

    /// The least number of votes among `reports` accepted reports: a share is rounded up, and one vote is the least.
    package func votes(among reports: UInt64) -> UInt64 {
        switch self {
        case .count(let count):
            return count
        case .share(let numerator, let denominator):
            let product = numerator.multipliedFullWidth(by: reports)
            // The share is at most 1, so that the quotient fits.
            let (quotient, remainder) = denominator.dividingFullWidth(product)
            return max(1, quotient + (remainder > 0 ? 1 : 0))
        }
    }
}
