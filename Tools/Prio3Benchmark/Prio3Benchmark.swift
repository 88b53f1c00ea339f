import BenchmarkSupport
import Foundation

/// Measures Prio3 beside what libprio-rs is known to take.
///
/// A time is also given as a multiple of the time of one AES-128 block that is encrypted in bulk in the same run,
/// which travels better from machine to machine.
@main struct Prio3Benchmark {
    static let usage = """
        usage: prio3-benchmark [--json] [--smoke] [--encoded]

          --json     print one JSON object
          --smoke    measure hardly at all: to see that everything runs
          --encoded  measure what clients and aggregators call, which decode and encode all messages

        """

    static func main() throws {
        let flags = Set(CommandLine.arguments.dropFirst())
        guard flags.isSubset(of: ["--json", "--smoke", "--encoded"]) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        let stopwatch = Stopwatch(isSmoke: flags.contains("--smoke"))
        let cases = flags.contains("--encoded") ? try BenchmarkCase.encoded() : try BenchmarkCase.typed()
        let rows = try cases.map { try $0.measure(with: stopwatch) }
        let report = Report(
            cpu: Machine.cpu, path: Machine.path, encoded: flags.contains("--encoded"), rows: rows)
        print(flags.contains("--json") ? try report.json() : report.text)
    }
}
