import Foundation
import Kernels
import PrefixWalk
import VDAF

/// Measures the engine at inner levels and prints a row a path: nanoseconds per candidate per report, and the same as a
/// ratio to one fixed-key AES hash block of the same run, which travels better from machine to machine.
///
/// `walk-benchmark [candidates [bits [reports]]]`; 200, 256 and 1000 unless told otherwise.
@main struct WalkBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let candidates = arguments.first ?? 200
        let bits = arguments.dropFirst().first ?? 256
        let reports = arguments.dropFirst(2).first ?? 1000
        let fixture = try Fixture(bits: bits, reports: reports, candidates: candidates)
        defer { fixture.remove() }
        let block = hashBlockNanoseconds()
        print("AES hash block, \(ProcessorPath.current), eight in flight: \(format(block)) ns")
        print("\(candidates) candidates, \(bits) bits, \(reports) reports, levels per step 1 and 2")
        for path in WalkPath.available {
            for stride in 1...2 {
                let (best, median) = try fixture.measure(path: path, stride: stride)
                print(
                    "\(path), \(stride) a step: best \(format(best)) ns, median \(format(median)) ns a candidate;",
                    "\(format(best / block)) blocks")
            }
        }
        try fixture.measureLeaf()
    }

    /// One block of `AES128FixedKey.hash`, data in the first-level cache.
    private static func hashBlockNanoseconds() -> Double {
        let key = AES128FixedKey([UInt8](repeating: 7, count: 16).span)
        var blocks = [Block](repeating: Block(low: 1, high: 2), count: 256)
        var best = Double.infinity
        for _ in 0..<50 {
            let start = threadNanoseconds()
            for _ in 0..<20 {
                var span = blocks.mutableSpan
                key.hash(inPlace: &span)
            }
            best = min(best, (threadNanoseconds() - start) / (20 * 256))
        }
        return best
    }
}

/// Nanoseconds of this thread on its core, so that other load of the machine counts less.
func threadNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

func format(_ value: Double) -> String { String(format: "%.2f", value) }

/// One aggregator's segment of one report, many times over under random report IDs: the work does not depend on whether
/// reports verify.
struct Fixture {
    let segment: Segment
    let path: String
    let bits: Int
    let reports: Int
    let candidates: Int
    let ctx = [UInt8](repeating: 1, count: 38)

    init(bits: Int, reports: Int, candidates: Int) throws {
        self.bits = bits
        self.reports = reports
        self.candidates = candidates
        path = FileManager.default.temporaryDirectory.appending(path: "walk-benchmark-\(getpid())").path
        let poplar = try Poplar1(bits: bits)
        let nonce = [UInt8](repeating: 3, count: 16)
        let report = try poplar.shard(
            ctx: ctx, measurement: Prefix(bits: (0..<bits).map { $0 % 3 == 0 }), nonce: nonce,
            rand: (0..<Poplar1.randSize).map { UInt8(truncatingIfNeeded: $0 * 37) })
        let publicShare = report.publicShare.encode()
        let inputShare = report.inputShares[0].encode()
        let start = threadNanoseconds()
        var builder = try SegmentBuilder(bits: bits, aggregatorID: 0, ctx: ctx)
        for _ in 0..<reports {
            let id = (0..<16).map { _ in UInt8.random(in: 0...255) }
            try builder.append(reportID: id, publicShare: publicShare, inputShare: inputShare)
        }
        try builder.write(to: path)
        let writing = threadNanoseconds() - start
        segment = try Segment(opening: path)
        print("segment: \(format(writing / 1000 / Double(reports))) us a report to check and write")
    }

    func remove() { Segment.remove(at: path) }

    /// Best and median nanoseconds per candidate per report over the walk's steps.
    func measure(path: WalkPath, stride: Int) throws -> (best: Double, median: Double) {
        var options = ShardEvaluator.Options()
        options.path = path
        let evaluator = try ShardEvaluator(
            segment: segment, verifyKey: [UInt8](repeating: 9, count: 32), ctx: ctx, aggregatorID: 0, options: options)
        let all = ReportBitmap(count: reports, filled: true)
        var history: [Poplar1AggregationParameter] = []
        var times: [Double] = []
        var level = min(19, bits - 2)
        while level < bits - 1, times.count < 30 {
            let prefixes = descendants(history.last, level: level)
            let parameter = try Poplar1AggregationParameter(level: level, prefixes: prefixes)
            let start = threadNanoseconds()
            let step = try evaluator.evaluate(parameter, history: history, live: all)
            let time = threadNanoseconds() - start
            _ = try step.finish(accepted: all)
            if !history.isEmpty { times.append(time / Double(reports * prefixes.count)) }
            history.append(parameter)
            level += stride
        }
        times.sort()
        return (times.first ?? 0, times.isEmpty ? 0 : times[times.count / 2])
    }

    /// A jump from the middle to the leaf, with as many candidates.
    func measureLeaf() throws {
        let evaluator = try ShardEvaluator(
            segment: segment, verifyKey: [UInt8](repeating: 9, count: 32), ctx: ctx, aggregatorID: 0)
        let all = ReportBitmap(count: reports, filled: true)
        let middle = try Poplar1AggregationParameter(level: bits / 2, prefixes: descendants(nil, level: bits / 2))
        _ = try evaluator.evaluate(middle, history: [], live: all).finish(accepted: all)
        let prefixes = middle.prefixes.map { prefix in
            Prefix(bits: prefix.bits + [Bool](repeating: false, count: bits - prefix.bitCount))
        }
        let leaf = try Poplar1AggregationParameter(level: bits - 1, prefixes: prefixes)
        let start = threadNanoseconds()
        _ = try evaluator.evaluate(leaf, history: [middle], live: all)
        let time = threadNanoseconds() - start
        print(
            "jump from level \(bits / 2) to the leaf:",
            "\(format(time / Double(reports * prefixes.count))) ns a candidate")
    }

    /// Both children, or all four grandchildren, of as many survivors as give the number of candidates.
    private func descendants(_ last: Poplar1AggregationParameter?, level: Int) -> [Prefix] {
        guard let last else {
            return (0..<candidates).map { index in
                Prefix(bits: (0...level).map { bit in bit < 20 && index >> (19 - bit) & 1 == 1 || bit >= 20 })
            }.sorted()
        }
        let steps = level - last.level
        let width = 1 << steps
        let survivors = last.prefixes.enumerated().filter { $0.offset % width == 0 }.map(\.element)
        return survivors.flatMap { survivor in
            (0..<width).map { index in
                (0..<steps).reduce(survivor) { $0.appending(index >> (steps - 1 - $1) & 1 == 1) }
            }
        }
    }
}
