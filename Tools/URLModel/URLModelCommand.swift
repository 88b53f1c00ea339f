import ArgumentParser
import Foundation
import URLTraining

/// Makes the tables of the code for URLs, and measures the code.
@main struct URLModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "url-model",
        abstract: "Makes the tables of the code `url-1`, and measures the code.",
        subcommands: [Tables.self, Figures.self])

    /// The lines of a file.
    static func lines(of path: String) throws -> [[UInt8]] {
        TrainingText.lines(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

    struct Tables: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the Swift file that holds the tables.",
            discussion: """
                The tables learn from one half of the URLs and from the domains. The same files and the same seed give \
                the same bytes. The shipped file is Sources/PopulusStringCodec/URL/URLTables.swift.
                """)

        @Option(help: "A file with one URL a line.")
        var urls: String

        @Option(help: "A file with one domain a line.")
        var domains: String

        @Option(help: "Which half of the URLs: the seed of the split.")
        var seed = TrainingText.shippedSeed

        @Option(help: "The file to be written.")
        var output: String

        func run() throws {
            let text = TrainingText(
                urls: try URLModelCommand.lines(of: urls), domains: try URLModelCommand.lines(of: domains), seed: seed)
            let tables = URLTrainer.tables(text)
            let file = TableSource.file(
                tables, urls: URLModelCommand.name(urls), domains: URLModelCommand.name(domains), seed: seed)
            try Data(file.utf8).write(to: URL(fileURLWithPath: output))
            print(
                """
                seed \(seed): learned from \(text.training.count) URLs and \(text.domains.count) domains; \
                \(text.heldBack.count) URLs held back
                \(tables.count) bytes of tables, \(file.utf8.count) bytes of source
                """)
        }
    }

    struct Figures: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the lengths of paths and the speed of the shipped tables.",
            discussion: """
                Of the URLs that were held back half must have at most 60 bits, and 98.3 % at most 256. The URLs of another \
                file must have at most half of their raw bits. Either way 2 MB a second must be written and read. The status \
                is 1 if one of these is not so.
                """)

        @Argument(help: "A file with one URL a line: the half that the tables did not learn from is measured.")
        var urls: String

        @Option(help: "The seed of the split.")
        var seed = TrainingText.shippedSeed

        @Option(help: "Another file, all lines of which are measured; may be given again.")
        var also: [String] = []

        @Option(help: "How many seconds to measure each speed for.")
        var seconds = 1.0

        func run() throws {
            let heldBack = TrainingText(urls: try URLModelCommand.lines(of: urls), domains: [], seed: seed).heldBack
            let title = "the half of \(URLModelCommand.name(urls)) that was held back (seed \(seed))"
            var holds = try show(title, heldBack) { $0.percentile(50) <= 60 && $0.share(within: 256) >= 0.983 }
            for path in also {
                let isShort = try show(URLModelCommand.name(path), URLModelCommand.lines(of: path)) {
                    $0.ofRawBits <= 0.5
                }
                holds = holds && isShort
            }
            print(holds ? "\nall as promised" : "\nNOT as promised")
            if !holds { throw ExitCode(1) }
        }

        /// Prints the figures of some strings; whether they are as short as they must be, and quick enough.
        private func show(
            _ title: String, _ strings: [[UInt8]], isShort: (URLFigures) -> Bool
        ) throws -> Bool {
            guard !strings.isEmpty else { throw ValidationError("\(title): there are no lines") }
            let figures = try URLFigures(strings, seconds: seconds)
            print(title)
            for line in figures.lines { print("    \(line)") }
            return isShort(figures) && figures.slowest >= 2
        }
    }
}
