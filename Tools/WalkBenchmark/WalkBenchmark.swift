import BenchmarkSupport
import Foundation

/// A row of the table, as lines of text.
protocol TextRow {
    var text: [String] { get }
}

/// Measures the engine without network or database.
///
/// Times are of this thread on its core; a ratio is to one block of the fixed-key AES hash, measured in the same run.
@main struct WalkBenchmark {
    static let usage = """
        usage: walk-benchmark [--json] [--smoke] [--only ROW]

          --json     print one JSON object
          --smoke    measure hardly at all: to see that everything runs
          --only     one row: inner, state, walk, leaf or growth

        """

    /// What was measured, and on what.
    struct Report: Encodable {
        var cpu = Machine.cpu
        var path = Machine.path
        var inner: InnerRow?
        var state: StateRow?
        var walk: WalkRow?
        var leaf: LeafRow?
        var growth: GrowthRow?

        var text: String {
            let rows: [(any TextRow)?] = [inner, state, walk, leaf, growth]
            return (["\(cpu), path \(path); best of many, and the median"] + rows.flatMap { $0?.text ?? [] })
                .joined(separator: "\n")
        }
    }

    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var only: String?
        if let index = arguments.firstIndex(of: "--only"), index + 1 < arguments.count {
            only = arguments[index + 1]
            arguments.removeSubrange(index...(index + 1))
        }
        let known = [nil, "inner", "state", "walk", "leaf", "growth"]
        guard Set(arguments).isSubset(of: ["--json", "--smoke"]), known.contains(only) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        let isSmoke = arguments.contains("--smoke")
        var report = Report()
        if only ?? "inner" == "inner" { report.inner = try InnerRow(isSmoke: isSmoke) }
        if only ?? "state" == "state" { report.state = try StateRow(isSmoke: isSmoke) }
        if only ?? "walk" == "walk" { report.walk = try WalkRow(isSmoke: isSmoke) }
        if only ?? "leaf" == "leaf" { report.leaf = try LeafRow(isSmoke: isSmoke) }
        if only ?? "growth" == "growth" { report.growth = try GrowthRow(isSmoke: isSmoke) }
        print(arguments.contains("--json") ? try json(report) : report.text)
    }
}
