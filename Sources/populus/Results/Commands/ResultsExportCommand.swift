import ArgumentParser
import Foundation
import ResultText
import Results

/// `populus results export`: a walk or a collection as JSON, lines of JSON or CSV.
struct ResultsExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a walk or a collection as JSON, lines of JSON or CSV.",
        usage: "populus results export <file> [<options>]",
        discussion: """
            Every export says what is missing: threshold, late, rejected, cut off, noise; of CSV the file beside it does, or \
            standard error where there is none. Reports that were rejected at the first step no aggregator tells yet: that \
            is null.
            """)

    @OptionGroup var choice: ResultsChoice

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The walk, or the beginning of its ID. (default: that of the latest reports with a result)", valueName: "id"
        )
    )
    var walk: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The collection, or the beginning of its ID.", valueName: "id"))
    var collection: String?

    @OptionGroup var format: ExportFormat

    func validate() throws {
        guard walk == nil || collection == nil else {
            throw ValidationError("--walk and --collection exclude each other")
        }
        guard !format.isText else { throw ValidationError("give --json, --jsonl or --csv FILE") }
    }

    func run() async throws {
        try await Self.reporting(as: "results export") {
            let reading = try ResultsReading(choice)
            if let collection {
                let found = try reading.collection(collection)
                try format.write(
                    json: { found.json }, lines: { found.jsonLines }, csv: { found.csv(raw: $0) },
                    beside: { found.sidecar(csv: $0) },
                    missing: ResultsText.rejected(found.rejections) + ResultsText.noise(found.noise),
                    headers: [CSVHeader.numbers, CSVHeader.candidates].flatMap { [$0, $0 + CSVHeader.interval] },
                    choice.file)
            } else {
                let found = try reading.walk(walk)
                try format.write(
                    json: { found.json }, lines: { found.jsonLines }, csv: { found.csv(raw: $0) },
                    beside: { found.sidecar(csv: $0) }, missing: ResultsText.missingBeside(found.head),
                    headers: CSVHeader.walks, choice.file)
            }
        }
    }
}

/// The form in which a result is written; text for people where none is named.
struct ExportFormat: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    @Flag(help: "Print lines of JSON: what it is first, then one line a string or number.")
    var jsonl = false

    @Option(
        help: ArgumentHelp(
            "Where to write CSV; - is standard output. FILE.json beside it says what it is a result of.",
            valueName: "file"),
        completion: .file())
    var csv: String?

    @Flag(help: "Write values to the CSV as they are: no escapes, no guard against formulas in spreadsheets.")
    var raw = false

    var isText: Bool { !json && !jsonl && csv == nil }

    func validate() throws {
        guard [json, jsonl, csv != nil].count(where: { $0 }) < 2 else {
            throw ValidationError("--json, --jsonl and --csv exclude each other")
        }
        guard !raw || csv != nil else { throw ValidationError("--raw goes with --csv") }
        try Terminal.refuse(raw: raw, csv: csv)
    }

    /// Writes what is asked for.
    ///
    /// - Parameters:
    ///   - beside: what stands beside a CSV file of that name.
    ///   - missing: what is said on standard error where nothing stands beside the CSV.
    ///   - headers: the first lines that such a CSV file can have.
    ///   - file: the file of results, which no result replaces.
    func write(
        json: () -> String, lines: () -> String, csv: (_ raw: Bool) -> [UInt8], beside: (String) -> String,
        missing: [String], headers: [String], _ file: String
    ) throws(CommandFailure) {
        if self.json { try StandardStream.output.deliver(Array(json().utf8)) }
        if jsonl { try StandardStream.output.deliver(Array(lines().utf8)) }
        guard let path = self.csv else { return }
        let output = try ResultFile(path, headers: headers, taken: [("the file of results", file)])
        if let replacement = output.replacement { StandardStream.error.write(replacement + "\n") }
        try output.write(csv(raw), sidecar: beside((path as NSString).lastPathComponent))
        if !output.hasSidecar { StandardStream.error.write(missing.map { $0 + "\n" }.joined()) }
    }
}
