import Foundation
import PopulusCollector
import PopulusDAP
import ResultText

/// The end of a collection, for people.
struct ResultScreen {
    let report: BatchReport
    /// Where the result was also written to.
    let csv: String?
    /// Nothing where the Leader does not tell them.
    var rejections: [RejectedReports]?
    /// What the task promises, where its numbers have noise.
    let privacy: PrivacyWords?
    var columns = Terminal.columns
    /// Where sentences are broken; nil where there is no terminal.
    var width = Terminal.columns(of: 1)
    var style = Terminal.barStyle

    var text: String {
        var lines = main
        lines.append(
            "\(counted(report.answer.reports, "report")), \(Moment.text(report.seconds.start)) until "
                + "\(Moment.text(report.seconds.end))")
        lines += Wrapping.words(RejectionWords.line(rejections), width: width)
        if let privacy {
            lines += [privacy.sentence, privacy.line, Self.noisyNumbers].flatMap { Wrapping.words($0, width: width) }
        }
        if let csv { lines.append("written to \(ForeignText.escaped(csv))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let noisyNumbers =
        "in brackets stands each number's 95 % interval; a number below zero is shown as 0, in files as it was counted"

    private var main: [String] {
        let numbers = report.shownNumbers
        switch report.vdaf.scheme.result {
        case .share:
            // Noise can count more than there are.
            let share = numbers.map { report.noise == nil ? $0 : min($0, UInt128(report.answer.reports)) }
            return share.map { "\($0) of \(report.answer.reports) are 1 (\(percent($0)))\(interval)" }
        case .sum: return numbers.map { "sum \($0)\(interval), mean \(mean($0))" }
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

    /// The interval of a result that is one number, with a space before it.
    private var interval: String { intervals.first.map { " \($0)" } ?? "" }

    /// One a number; none where they are exact.
    private var intervals: [String] {
        guard let noise = report.noise else { return [] }
        return report.numbers.map { number in
            let interval = noise.interval(of: number)
            return "[\(interval.low), \(interval.high)]"
        }
    }

    /// Notes with the intervals beside them; where there is no room for both, intervals say more.
    private func withIntervals(_ notes: [String]) -> [String] {
        let intervals = intervals
        guard !intervals.isEmpty else { return notes }
        guard columns >= Terminal.roomyColumns else { return intervals }
        let width = intervals.map(\.count).max() ?? 0
        return zip(notes, intervals).map { note, interval in
            note + "  " + String(repeating: " ", count: width - interval.count) + interval
        }
    }

    private func chart(
        _ labels: [String], heading: (label: String, number: String), notes: [String], leftLabels: Bool = false
    ) -> [String] {
        BarChart.lines(
            zip(labels, report.shownNumbers).map { BarChart.Row(label: $0, number: $1) }, heading: heading,
            notes: withIntervals(notes), leftLabels: leftLabels, columns: columns, style: style)
    }

    private func percent(_ number: UInt128) -> String {
        let share = report.answer.reports > 0 ? Double(number) / Double(report.answer.reports) : 0
        // Of exact numbers it is never more than all.
        return String(format: "%.1f%%", 100 * min(1, share))
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

    /// From here on a row has room for an interval beside a fraction.
    static let roomyColumns = 60

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
