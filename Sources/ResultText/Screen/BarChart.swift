/// Rows of a label, a number and a bar, as wide as a terminal.
package struct BarChart: Sendable {
    package struct Row: Sendable {
        package let label: String
        package let number: UInt128

        package init(label: String, number: UInt128) {
            self.label = label
            self.number = number
        }
    }

    /// How bars are drawn.
    package enum Style: Hashable, Sendable {
        /// With `#`, which every place can show.
        case ascii
        /// With blocks of eighths, in a colour if wanted.
        case blocks(colour: Bool)
    }

    /// What labels leave to bars.
    private static let shortestBar = 8
    /// Shorter bars say nothing.
    private static let leastBar = 4
    private static let shortestLabel = 10
    private static let longestLabel = 40

    /// The chart's lines, of fewer than `columns` characters.
    ///
    /// In a narrow terminal labels get shorter in the middle, and where not even the shortest bar has room there is none.
    /// Numbers are always whole.
    ///
    /// - Parameters:
    ///   - rows: in the order in which they are shown; bars are in proportion to the greatest number.
    ///   - heading: what stands above labels and numbers.
    ///   - notes: what follows each number, such as a percentage; as many as rows, or none.
    ///   - leftLabels: whether labels begin at the margin, as words do.
    package static func lines(
        _ rows: [Row], heading: (label: String, number: String), notes: [String] = [],
        leftLabels: Bool = false, columns: Int, style: Style
    ) -> [String] {
        let numberWidth = (rows.map { "\($0.number)" } + [heading.number]).map(\.count).max() ?? 0
        let noteWidth = notes.map(\.count).max() ?? 0
        let numbers = 2 + numberWidth + (noteWidth > 0 ? noteWidth + 2 : 0)
        let most = min(longestLabel, max(shortestLabel, columns - 1 - numbers - 2 - shortestBar))
        let labels = rows.map { Wrapping.shortened($0.label, width: most) }
        let labelWidth = (labels + [heading.label]).map(Wrapping.columns(of:)).max() ?? 0
        let room = columns - 1 - labelWidth - numbers - 2
        let greatest = rows.map(\.number).max() ?? 0
        func label(_ text: String) -> String {
            let padding = String(repeating: " ", count: max(0, labelWidth - Wrapping.columns(of: text)))
            return leftLabels ? text + padding : padding + text
        }
        var lines = [label(heading.label) + "  " + right(heading.number, numberWidth)]
        for (index, row) in rows.enumerated() {
            var line = label(labels[index]) + "  " + right("\(row.number)", numberWidth)
            if noteWidth > 0 { line += "  " + right(index < notes.count ? notes[index] : "", noteWidth) }
            let bar = room < leastBar ? "" : bar(row.number, of: greatest, room: room, style: style)
            lines.append(bar.isEmpty ? line : line + "  " + bar)
        }
        return lines
    }

    /// A bar of `room` characters for the greatest number; anything above zero has one to be seen.
    private static func bar(_ number: UInt128, of greatest: UInt128, room: Int, style: Style) -> String {
        guard number > 0, greatest > 0 else { return "" }
        let fraction = Double(number) / Double(greatest)
        switch style {
        case .ascii:
            return String(repeating: "#", count: max(1, Int((fraction * Double(room)).rounded())))
        case .blocks(let colour):
            let eighths = max(1, Int((fraction * Double(room) * 8).rounded()))
            let rest = eighths % 8
            let partial = rest == 0 ? "" : String(Array("▏▎▍▌▋▊▉")[rest - 1])
            let bar = String(repeating: "█", count: eighths / 8) + partial
            return colour ? "\u{1b}[36m\(bar)\u{1b}[0m" : bar
        }
    }

    /// A bar, and spaces up to `room` characters.
    package static func padded(_ number: UInt128, of greatest: UInt128, room: Int, style: Style) -> String {
        let plain: Style = if case .blocks = style { .blocks(colour: false) } else { style }
        let length = bar(number, of: greatest, room: room, style: plain).count
        return bar(number, of: greatest, room: room, style: style)
            + String(repeating: " ", count: max(0, room - length))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
