import BenchmarkSupport
import Foundation
import PopulusVDAF

/// Measures Poplar1's `shard`, without HPKE, in nanoseconds and in AES-128 blocks that are encrypted in bulk in the same
/// run.
@main struct ShardBenchmark {
    static let usage = """
        usage: shard-benchmark [--json] [--smoke] [--bits N]

          --json    print one JSON object on one line
          --smoke   measure hardly at all: to see that everything runs
          --bits    bits of the input, in place of 256

        """

    static func main() throws {
        guard let options = Options(CommandLine.arguments.dropFirst()) else {
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
        let poplar = try Poplar1(bits: options.bits)
        let encoded = try poplar.encoded()
        let ctx = [UInt8](repeating: 1, count: 38)
        let nonce = [UInt8](repeating: 2, count: 16)
        let rand = (0..<Poplar1.randSize).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let measurement = Prefix(bits: (0..<options.bits).map { $0 * $0 % 7 & 1 == 1 })
        let measured = try Stopwatch(isSmoke: options.isSmoke).measure([
            { _ = try poplar.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand) },
            { _ = try encoded.shard(ctx: ctx, measurement: .bits(measurement), nonce: nonce, rand: rand) },
        ])
        let names = ["shard", "shard, encoded"]
        let report = Report(
            cpu: Machine.cpu, path: Machine.path, bits: options.bits, aesBlockNanoseconds: measured.aesBlock,
            rows: zip(names, measured.timings).map { name, timing in
                Report.Row(name: name, nanoseconds: timing, aesBlocks: timing.multiple(of: measured.aesBlock))
            })
        print(options.isJSON ? try json(report) : report.text)
    }
}

/// What the command line says.
private struct Options {
    var bits = 256
    var isJSON = false
    var isSmoke = false

    /// Nil for arguments that are none.
    init?(_ arguments: some Sequence<String>) {
        var arguments = arguments.makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--json": isJSON = true
            case "--smoke": isSmoke = true
            case "--bits":
                guard let value = arguments.next().flatMap({ Int($0) }), (1...Poplar1.maximumBits).contains(value)
                else { return nil }
                bits = value
            default: return nil
            }
        }
    }
}

/// All rows, as lines or as JSON.
private struct Report: Codable {
    var cpu: String
    var path: String
    var bits: Int
    var aesBlockNanoseconds: Timing
    var rows: [Row]

    struct Row: Codable {
        var name: String
        var nanoseconds: Timing
        /// The same in blocks of `BulkAES`.
        var aesBlocks: Timing
    }

    var text: String {
        let block = aesBlockNanoseconds
        let head = """
            \(cpu), path \(path), one thread; \(bits) bits; AES block: median \(format(block.median, 2)) ns, \
            best \(format(block.best, 2)) ns
            """
        return ([head] + rows.map(line)).joined(separator: "\n")
    }

    private func line(_ row: Row) -> String {
        """
        \(row.name): median \(format(row.nanoseconds.median / 1000, 1)) us = \(format(row.aesBlocks.median, 0)) \
        blocks, best \(format(row.nanoseconds.best / 1000, 1)) us = \(format(row.aesBlocks.best, 0)) blocks
        """
    }
}
