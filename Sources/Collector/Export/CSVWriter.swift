/// Writes results as comma-separated values that a spreadsheet may open safely and a program can read back exactly.
///
/// Spec: RFC 4180
package struct CSVWriter: Sendable {
    /// Whether values are written as they are: no escapes and no guard against formulas.
    package var raw: Bool

    package init(raw: Bool = false) {
        self.raw = raw
    }

    /// The whole file: a header, then one record a string, most votes first, each line ended by CR and LF.
    ///
    /// - Parameter total: the reports accepted at the leaf, of which the fractions are.
    package func file(of strings: [PopularString], total: UInt64) -> [UInt8] {
        var file = Array("value,count,fraction\r\n".utf8)
        for string in strings.sorted(by: PopularString.precedes) {
            file += field(string.value)
            file += Array(",\(string.count),\(Self.fraction(string.count, of: total))\r\n".utf8)
        }
        return file
    }

    /// A value as a field.
    func field(_ value: [UInt8]) -> [UInt8] {
        quoted(raw ? value : (Self.looksLikeFormula(value) ? [UInt8(ascii: "'")] : []) + Self.escaped(value))
    }

    /// A field in quotation marks if it needs them.
    private func quoted(_ field: [UInt8]) -> [UInt8] {
        let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0a, 0x0d]
        guard field.isEmpty || field.contains(where: special.contains) else { return field }
        let mark = UInt8(ascii: "\"")
        return [mark] + field.flatMap { $0 == mark ? [mark, mark] : [$0] } + [mark]
    }

    /// What makes a spreadsheet take a value for a formula: `= + - @`, as wide and as small signs too, and what it skips
    /// before one.
    ///
    /// The apostrophe is among them so that a reader may take the first one away.
    private static let formulaSigns = [
        "=", "+", "-", "@", "'", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}", "\u{fe66}",
        "\u{fe62}",
        "\u{fe63}", "\u{fe6b}",
    ].map { Array($0.utf8) }

    /// Whether the value gets an apostrophe in front.
    private static func looksLikeFormula(_ value: [UInt8]) -> Bool {
        formulaSigns.contains { value.starts(with: $0) }
    }

    /// `count / total` with six decimals, rounded to the nearest.
    package static func fraction(_ count: UInt64, of total: UInt64) -> String {
        guard total > 0 else { return "0.000000" }
        let (millionths, remainder) = total.dividingFullWidth(min(count, total).multipliedFullWidth(by: 1_000_000))
        let rounded = millionths + (remainder >= total - remainder ? 1 : 0)
        let decimals = String(rounded % 1_000_000)
        return "\(rounded / 1_000_000)." + String(repeating: "0", count: 6 - decimals.count) + decimals
    }
}
