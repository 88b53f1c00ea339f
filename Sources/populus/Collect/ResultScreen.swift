import Collector
import DAP
import Foundation
import ResultText

/// The end of a collection, for people.
struct ResultScreen {
    let report: BatchReport
    /// Where the result was also written to.
    let csv: String?
    var columns = Terminal.columns
    var style = Terminal.barStyle

    var text: String {
        var lines = main
        lines.append(
            "\(counted(report.answer.reports, "report")), \(Moment.text(report.seconds.start)) until "
                + "\(Moment.text(report.seconds.end))")
        if let csv { lines.append("written to \(ForeignText.escaped(csv))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var main: [String] {
        let numbers = report.numbers
        switch report.vdaf.scheme.result {
        case .share: return numbers.map { "\($0) of \(report.answer.reports) are 1 (\(percent($0)))" }
        case .sum: return numbers.map { "sum \($0), mean \(mean($0))" }
        case .chart(let label, let number, let note):
            let notes = numbers.map { note == .mean ? "mean \(mean($0))" : percent($0) }
            return chart(numbers.indices.map { "\($0)" }, heading: (label, number), notes: notes)
        case .candidates:
            let values = report.candidates?.values ?? []
            return chart(
                values.map { String(decoding: CSVWriter.escaped($0), as: UTF8.self) },
                heading: ("candidate", "count"), notes: numbers.map(percent), leftLabels: true)
        }
    }

    private func chart(
        _ labels: [String], heading: (label: String, number: String), notes: [String], leftLabels: Bool = false
    ) -> [String] {
        BarChart.lines(
            zip(labels, report.numbers).map { BarChart.Row(label: $0, number: $1) }, heading: heading, notes: notes,
            leftLabels: leftLabels, columns: columns, style: style)
    }

    private func percent(_ number: UInt128) -> String {
        let share = report.answer.reports > 0 ? Double(number) / Double(report.answer.reports) : 0
        return String(format: "%.1f%%", 100 * share)
    }

    private func mean(_ sum: UInt128) -> String {
        let mean = report.answer.reports > 0 ? Double(sum) / Double(report.answer.reports) : 0
        return String(format: "%.2f", mean)
    }
}

/// What standard output is shown on.
enum Terminal {
    /// Its width in characters; 80 where it is no terminal.
    static var columns: Int { columns(of: 1) ?? 80 }

    /// The width of the terminal that a descriptor leads to; nil if it leads to none.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 20 ? Int(size.ws_col) : nil
    }

    /// Blocks only on a terminal that can show them, colours only where nobody has asked for none.
    static var barStyle: BarChart.Style {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let term = environment["TERM"] ?? "dumb"
        guard isatty(1) == 1, term != "dumb", locale.uppercased().replacing("-", with: "").contains("UTF8") else {
            return .ascii
        }
        return .blocks(colour: (environment["NO_COLOR"] ?? "").isEmpty)
    }
}
