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
                the same bytes. The shipped file is Sources/StringCodec/URL/URLTables.swift.
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
            abstract: "Prints the lengths of paths and the speed of the shipped tables.")

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
            try show("the half of \(URLModelCommand.name(urls)) that was held back (seed \(seed))", heldBack)
            for path in also { try show(URLModelCommand.name(path), try URLModelCommand.lines(of: path)) }
        }

        private func show(_ title: String, _ strings: [[UInt8]]) throws {
            print(title)
            for line in try URLFigures(strings, seconds: seconds).lines { print("    \(line)") }
        }
    }
}
