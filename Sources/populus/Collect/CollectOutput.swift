import Foundation
import PopulusCollector
import PopulusDAP
import ResultText

/// Where a collection's result goes: a CSV file, JSON on standard output, a chart.
struct CollectOutput {
    private let command: CollectCommand
    private let csv: ResultFile?
    private let privacy: PrivacyWords?

    /// Checks every place before anything is asked.
    ///
    /// - Parameters:
    ///   - statePath: what is under way.
    ///   - privacy: what the task promises, where its batches have noise.
    init(_ command: CollectCommand, statePath: String, privacy: PrivacyWords?) throws(CommandFailure) {
        self.command = command
        self.privacy = privacy
        guard let path = command.csv else {
            csv = nil
            return
        }
        csv = try ResultFile(
            path,
            headers: [CSVHeader.numbers, CSVHeader.candidates].flatMap { [$0, $0 + CSVHeader.interval] },
            taken: [
                ("--task", command.task), ("what is under way (--state)", statePath),
                ("the lock of what is under way (--state)", statePath + ".lock"),
            ] + (command.candidates.map { [("--candidates", $0)] } ?? [])
                + (command.values.publicSuffixes.map { [("--public-suffixes", $0)] } ?? []) + command.kept.files)
        guard !command.json || csv?.isStandardOutput != true else {
            throw CommandFailure(.cannotCreate, "\(path): is standard output, where --json goes; give --csv a file")
        }
    }

    /// What is said of a result that will be replaced.
    var replacement: String? { csv?.replacement }

    func write(_ report: BatchReport, _ facts: ResultFacts) throws(CommandFailure) {
        if command.json { try StandardStream.output.deliver(Array(report.json(facts).utf8)) }
        if let csv {
            try csv.write(
                report.csv(raw: command.raw),
                sidecar: report.sidecar(facts, csv: NSString(string: csv.path).lastPathComponent))
        }
        guard !command.json, !command.quiet || csv == nil else { return }
        let isBeside = csv?.isStandardOutput == true
        var screen = ResultScreen(report: report, csv: isBeside ? nil : csv?.path, privacy: privacy)
        screen.rejections = facts.rejections
        if isBeside {
            screen.style = .ascii
            screen.width = Terminal.columns(of: 2)
            screen.columns = screen.width ?? 80
        }
        do throws(CommandFailure) {
            // The bars' colours are our own, and candidates are escaped already.
            let stream: StandardStream = isBeside ? .error : .output
            try stream.deliver(Array(screen.text.utf8))
        } catch {
            // The result is written; the chart only shows it.
            guard csv == nil else { return }
            throw error
        }
    }
}

extension StateFile {
    /// Where what is under way of a collection is kept.
    static func path(ofCollection command: CollectCommand) throws(CommandFailure) -> String {
        if let state = command.state { return try path(state) }
        let url = URL(fileURLWithPath: command.task)
        let stem = url.deletingPathExtension().lastPathComponent
        return try path(url.deletingLastPathComponent().appendingPathComponent("\(stem).collection.json").path)
    }
}
