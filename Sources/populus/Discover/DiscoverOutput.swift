import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusTaskFiles
import ResultText

/// Where a walk's result goes: a CSV file, JSON on standard output, a table.
struct DiscoverOutput {
    private let command: DiscoverCommand
    private let csv: ResultFile?
    private let privacy: PrivacyWords?
    private let dictionary: DictionaryFile?
    private let isOfHashes: Bool

    /// Checks every place before anything is asked.
    ///
    /// - Parameters:
    ///   - statePath: the walk's state.
    ///   - walk: the bounds of the task's walks.
    init(
        _ command: DiscoverCommand, _ task: TaskFile, statePath: String, walk: WalkTaskExtension?
    ) throws(CommandFailure) {
        self.command = command
        privacy = walk.map { PrivacyWords($0) }
        dictionary = try DictionaryFile(command, task)
        isOfHashes = task.encoding.map { StringEncodings.isOfHashes($0) } ?? false
        guard let path = command.csv else {
            csv = nil
            return
        }
        csv = try ResultFile(
            path, headers: CSVHeader.walks,
            taken: [
                ("--task", command.task), ("the walk's state (--state)", statePath),
                ("the lock of the walk's state (--state)", statePath + ".lock"),
            ] + command.inputs + command.kept.files)
        guard !command.writesJSON || csv?.isStandardOutput != true else {
            throw CommandFailure(
                .cannotCreate,
                "\(path): is standard output, where --json\(command.jsonl ? "l" : "") goes; give --csv a file")
        }
    }

    /// What is said of a result that will be replaced.
    var replacement: String? { csv?.replacement }

    /// Writes a result that is kept.
    func write(_ record: WalkRecord) throws(CommandFailure) {
        let names = try dictionary?.names(of: record.result.strings, grouped: record.isGrouped)
        if command.json { try StandardStream.output.deliver(Array(record.json(names).utf8)) }
        if command.jsonl { try StandardStream.output.deliver(Array(record.jsonLines(names).utf8)) }
        if let csv {
            try csv.write(
                CSVWriter(raw: command.raw).file(
                    of: record.result.strings, total: record.result.reports, noise: record.noise,
                    grouped: record.isGrouped,
                    names: names),
                sidecar: record.sidecar(csv: NSString(string: csv.path).lastPathComponent, names))
        }
        guard !command.writesJSON, !command.quiet || csv == nil else { return }
        let isBeside = csv?.isStandardOutput == true
        let table = ResultTable(
            record: record, csv: csv, again: csv == nil ? command.againLine(csv: "FILE") : nil,
            naming: isOfHashes && names == nil && !record.result.strings.isEmpty ? command.namingLine : nil,
            top: command.top, privacy: privacy, names: names, style: isBeside ? .ascii : Terminal.barStyle)
        do throws(CommandFailure) {
            let text = table.text(columns: Terminal.columns(of: isBeside ? 2 : 1))
            let stream: StandardStream = isBeside ? .error : .output
            try stream.deliver(Array(text.utf8))
        } catch {
            // The result is written; the table only shows it.
            guard csv == nil else { return }
            throw error
        }
    }
}

extension DiscoverCommand {
    /// The command that writes the latest result once more.
    func againLine(csv: String? = nil) -> String {
        againWords(csv: csv, dictionary: dictionary).map(ShellWord.quoted).joined(separator: " ")
    }

    /// The command that names a result's hashes.
    var namingLine: String { againWords(dictionary: "FILE").map(ShellWord.quoted).joined(separator: " ") }

    /// Its words.
    func againWords(csv: String? = nil, dictionary: String?) -> [String] {
        var words = ["populus", "discover", "--task", task, "--again"]
        if let since { words += ["--since", Moment.text(since.seconds)] }
        if let until { words += ["--until", Moment.text(until.seconds)] }
        if let state { words += ["--state", state] }
        if json { words.append("--json") }
        if jsonl { words.append("--jsonl") }
        if raw { words.append("--raw") }
        if let csv = csv ?? self.csv { words += ["--csv", csv] }
        return words + kept.words + dictionaryWords(dictionary)
    }

    /// The options that say which strings are known.
    func dictionaryWords(_ dictionary: String?) -> [String] {
        guard let dictionary else { return [] }
        return ["--dictionary", dictionary] + input.words + values.words + values.fileWords
    }

    /// The files that the command reads, and the options that name them.
    var inputs: [(option: String, path: String)] {
        [("--dictionary", dictionary), ("--public-suffixes", values.publicSuffixes)].compactMap { option, path in
            path.flatMap { $0 == "-" ? nil : (option, $0) }
        }
    }
}
