import Foundation
import PopulusCollector
import ResultText

/// The strings of a walk in rows: on a terminal each with its rank, and a bar where there is room.
///
/// A pipe or a file gets neither: what reads rows there has the counts.
struct ResultRows {
    let strings: [PopularString]
    /// Whether each value is a group and a string.
    let isGrouped: Bool
    /// That of the counts; nothing where they are exact.
    let noise: NoiseFacts?
    /// The reports of which fractions are.
    let reports: UInt64
    /// The most strings.
    let top: Int
    /// The known strings, where the values are hashes and a list of strings was given.
    let names: HashNames?
    let style: BarChart.Style

    /// Shorter bars are not told apart, and longer ones take the room of values.
    private static let barLength = 8

    /// A heading and the rows; nothing where there are no strings.
    ///
    /// Values are escaped: a terminal obeys nothing that a client wrote.
    ///
    /// - Parameter columns: the width of the terminal; nil where it is none.
    func lines(columns: Int?) -> [String] {
        let shown = ResultRow.rows(of: strings, grouped: isGrouped, names).prefix(top)
            .flatMap { $0 }
        guard !shown.isEmpty else { return [] }
        let cells = zip(shown, ranks(shown)).map { numbers($0, rank: $1, columns) }
        let heading = heading(columns)
        let widths = heading.indices.map { index in ([heading] + cells).map { $0[index].count }.max() ?? 0 }
        let groups = groups(shown, columns)
        func row(_ cells: [String]) -> String {
            zip(cells, widths).map { Self.right($0, $1) + "  " }.joined()
        }
        let bars = bars(shown, columns)
        let margin = row(heading).count + (bars.isEmpty ? 0 : Self.barLength + 2) + groups.width
        let room = columns.map { max(8, $0 - margin - 1) }
        var lines = [row(heading) + (bars.isEmpty ? "" : Self.spaces(Self.barLength + 2)) + groups.heading + "value"]
        for (index, string) in shown.enumerated() {
            let value = String(decoding: CSVWriter.escaped(string.value), as: UTF8.self)
            let bar = bars.isEmpty ? "" : bars[index] + "  "
            let start = row(cells[index]) + bar + groups.cells[index]
            let wrapped = room.map { Wrapping.lines(value, width: $0, most: 3) } ?? [value]
            for (place, line) in wrapped.enumerated() {
                lines.append((place == 0 ? start : Self.spaces(margin)) + line)
            }
        }
        return lines
    }

    /// Values need the room more than fractions do, where there are intervals or groups too.
    private func hasFraction(_ columns: Int?) -> Bool {
        noise == nil && !isGrouped || columns.map { $0 >= Terminal.roomyColumns } ?? true
    }

    private func heading(_ columns: Int?) -> [String] {
        (columns == nil ? [] : ["#"]) + ["count"] + (noise == nil ? [] : ["low", "high"])
            + (hasFraction(columns) ? ["fraction"] : []) + (names == nil ? [] : ["known"])
    }

    /// A row's cells up to the value; no interval where counts are exact.
    private func numbers(_ row: ResultRow, rank: String, _ columns: Int?) -> [String] {
        let known = row.known.map { [$0.rawValue] } ?? []
        let rank = columns == nil ? [] : [rank]
        guard let string = row.string else {
            // What a hash may be has no count of its own.
            return rank + [""] + (noise == nil ? [] : ["", ""]) + (hasFraction(columns) ? [""] : []) + known
        }
        let interval = noise?.interval(of: string.count)
        return rank + ["\(string.shownCount)"] + (interval.map { ["\($0.low)", "\($0.high)"] } ?? [])
            + (hasFraction(columns) ? [CSVWriter.fraction(string.shownCount, of: reports)] : []) + known
    }

    /// Equal counts have one rank.
    private func ranks(_ rows: [ResultRow]) -> [String] {
        var (place, rank) = (0, 0)
        var last: Int64?
        return rows.map { row in
            guard let count = row.string?.count else { return "" }
            place += 1
            if count != last { (rank, last) = (place, count) }
            return "\(rank)"
        }
    }

    /// One a row, all of one length, in proportion to the greatest count; none where there is no room.
    private func bars(_ rows: [ResultRow], _ columns: Int?) -> [String] {
        let least = Terminal.roomyColumns + (noise == nil ? 0 : 20) + (isGrouped ? 20 : 0)
        guard let columns, columns >= least else { return [] }
        let greatest = rows.compactMap { $0.string?.shownCount }.max() ?? 0
        return rows.map { row in
            BarChart.padded(
                UInt128(row.string?.shownCount ?? 0), of: UInt128(greatest), room: Self.barLength, style: style)
        }
    }

    /// The column of groups, each cell padded and with two spaces after it; empty cells where there are no groups.
    private func groups(_ rows: [ResultRow], _ columns: Int?) -> (heading: String, cells: [String], width: Int) {
        guard isGrouped else { return ("", rows.map { _ in "" }, 0) }
        let most = columns.map { max(8, $0 / 4) } ?? .max
        let texts = rows.map { row in
            Wrapping.shortened(String(decoding: CSVWriter.escaped(row.group ?? []), as: UTF8.self), width: most)
        }
        let width = (texts + ["group"]).map { Wrapping.columns(of: $0) }.max() ?? 0
        func padded(_ text: String) -> String { text + Self.spaces(width - Wrapping.columns(of: text) + 2) }
        return (padded("group"), texts.map(padded), width + 2)
    }

    static func right(_ text: String, _ width: Int) -> String { spaces(width - text.count) + text }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
