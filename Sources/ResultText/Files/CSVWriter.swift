// ResultText renders what a Collector has found: as CSV and JSON for files, as bars for a terminal.

import PopulusCollector

/// The first lines of results, by which they are recognised.
package enum CSVHeader {
    package static let strings = "value,count,fraction"
    package static let numbers = "index,result,report_count,interval_start,interval_end"
    package static let candidates = "candidate,result,report_count,interval_start,interval_end"

    /// What follows where counts have noise: the ends of each one's 95 % interval.
    package static let interval = ",low,high"

    /// What follows where a list of known strings was given for hashes.
    package static let known = ",known"

    /// What comes before where strings have groups.
    package static let group = "group,"

    /// Every first line that a walk's result can have.
    package static let walks = ["", group].flatMap { group in
        [strings, strings + interval].flatMap { [group + $0, group + $0 + known] }
    }
}

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
    /// A count below zero is written as 0.
    ///
    /// - Parameters:
    ///   - total: the reports accepted at the leaf, of which the fractions are.
    ///   - noise: that of the counts, which then have their intervals.
    ///   - grouped: whether each value is a group and a string, which then have a column each.
    ///   - names: the known strings of values that are hashes. A string that the hash above it may be has no count of its
    ///     own: the counts of the file are those of different reports.
    package func file(
        of strings: [PopularString], total: UInt64, noise: NoiseFacts? = nil, grouped: Bool = false,
        names: HashNames? = nil
    ) -> [UInt8] {
        let header =
            (grouped ? CSVHeader.group : "") + CSVHeader.strings + (noise == nil ? "" : CSVHeader.interval)
            + (names == nil ? "" : CSVHeader.known)
        var file = Array("\(header)\r\n".utf8)
        for row in ResultRow.rows(of: strings, grouped: grouped, names).joined() {
            // A row of a task with groups has as many fields as the header, whatever its value is.
            if grouped { file += field(row.group ?? []) + Array(",".utf8) }
            file += field(row.value)
            if let string = row.string {
                let count = string.shownCount
                file += Array(",\(count),\(Self.fraction(count, of: total))\(Self.ends(string.count, noise))".utf8)
            } else {
                file += Array((noise == nil ? ",," : ",,,,").utf8)
            }
            file += Array("\(row.known.map { ",\($0.rawValue)" } ?? "")\r\n".utf8)
        }
        return file
    }

    /// The ends of a count's interval as two more fields; nothing where counts are exact.
    package static func ends(_ count: some BinaryInteger, _ noise: NoiseFacts?) -> String {
        guard let interval = noise?.interval(of: count) else { return "" }
        return ",\(interval.low),\(interval.high)"
    }

    /// A value as a field.
    package func field(_ value: [UInt8]) -> [UInt8] {
        guard !raw else { return quoted(value) }
        let guarded = Self.looksLikeFormula(value) ? [UInt8(ascii: "'")] : []
        return quoted(guarded + Self.escaped(value, guardingCells: true))
    }

    /// A field in quotation marks if it needs them.
    ///
    /// RFC 4180 asks for them around commas, quotation marks and line ends. Semicolons and tabs separate fields wherever
    /// the comma is the decimal sign, half of the world; a field in quotation marks stays whole there too.
    private func quoted(_ field: [UInt8]) -> [UInt8] {
        guard field.isEmpty || field.contains(where: ",;\t\"\n\r".utf8.contains) else { return field }
        let mark = UInt8(ascii: "\"")
        return [mark] + field.flatMap { $0 == mark ? [mark, mark] : [$0] } + [mark]
    }

    /// What begins a formula in a spreadsheet: `= + - @`, as wide and as small signs too.
    static let formulaSigns = [
        "=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}", "\u{fe66}", "\u{fe62}", "\u{fe63}",
        "\u{fe6b}",
    ].map { Array($0.utf8) }

    /// Whether the value gets an apostrophe in front: it begins like a formula, with what is skipped before one, or with
    /// an apostrophe, so that a reader may take the first one away.
    private static func looksLikeFormula(_ value: [UInt8]) -> Bool {
        guard let first = value.first else { return false }
        return "'\t\r\n".utf8.contains(first) || formulaSigns.contains { value.starts(with: $0) }
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
