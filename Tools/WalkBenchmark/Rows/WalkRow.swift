import BenchmarkSupport

/// A whole walk in memory: both aggregators and the Collector's pruning, in one thread.
struct WalkRow: Encodable {
    /// The walk with so many bits a step.
    struct Case: Encodable {
        let bitsPerStep: Int
        /// Checking the shares and writing both aggregators' segments, then the walk.
        let seconds: Timing
        let segmentSeconds: Timing
        let steps: Int
        /// Summed over steps.
        let candidates: Int
        /// A candidate of a report at one aggregator.
        let nanosecondsPerCandidate: Double
        let blocksPerCandidate: Double
    }

    let bits: Int
    let reports: Int
    let strings: Int
    let exponent: Double
    let threshold: Int
    let seed: UInt64
    /// Strings found, which are those that a count in plaintext finds, with the same counts.
    let found: Int
    let path: String
    let nanosecondsPerBlock: Timing
    let cases: [Case]
    /// The better of the cases.
    let seconds: Double
    let mustReach: Double
    let dream: Double

    init(isSmoke: Bool) throws {
        bits = isSmoke ? 64 : 256
        reports = isSmoke ? 100 : 1000
        strings = isSmoke ? 1000 : 10_000
        exponent = 1.03
        threshold = reports / 100 + (isSmoke ? 4 : 0)
        seed = 2021
        (mustReach, dream) = (0.5, 0.2)
        path = Machine.path
        let workload = Workload(bits: bits, strings: strings, reports: reports, exponent: exponent, seed: seed)
        let expected = workload.popular(threshold: threshold)
        found = expected.count
        let pair = try MemoryPair(workload, seed: seed + 1)
        var runs: [Int: [MemoryPair.Walk]] = [:]
        var blocks: [Timing] = []
        for _ in 0..<(isSmoke ? 1 : 7) {
            for bitsPerStep in 1...2 {
                let walk = try pair.walk(bitsPerStep: bitsPerStep, threshold: threshold)
                guard walk.result == expected else { throw WrongResult() }
                runs[bitsPerStep, default: []].append(walk)
                blocks.append(try Stopwatch(samples: isSmoke ? 1 : 20).measure().hashBlock)
            }
        }
        let block = Timing(best: blocks.map(\.best).min() ?? 1, median: Timing(blocks.map(\.median)).median)
        let count = Double(2 * reports)
        cases = runs.sorted { $0.key < $1.key }.map { bitsPerStep, walks in
            let seconds = Timing(walks.map { ($0.segmentNanoseconds + $0.walkNanoseconds) / 1e9 })
            let each = (walks.map(\.walkNanoseconds).min() ?? 0) / (count * Double(walks[0].candidates))
            return Case(
                bitsPerStep: bitsPerStep, seconds: seconds,
                segmentSeconds: Timing(walks.map { $0.segmentNanoseconds / 1e9 }), steps: walks[0].steps,
                candidates: walks[0].candidates, nanosecondsPerCandidate: each, blocksPerCandidate: each / block.best)
        }
        nanosecondsPerBlock = block
        seconds = cases.map(\.seconds.best).min() ?? 0
    }

    /// That the walk found other strings, or other counts, than the count in plaintext.
    struct WrongResult: Error {}
}

extension WalkRow: TextRow {
    var text: [String] {
        var lines = [
            "whole walk in memory: both aggregators in one thread, \(reports) reports of \(bits) bits, "
                + "Zipf(\(exponent)) over \(strings) random strings (seed \(seed)), threshold \(threshold)"
        ]
        for each in cases {
            lines.append(
                "  \(each.bitsPerStep) a step: \(each.seconds.seconds) s, of it segments "
                    + "\(each.segmentSeconds.seconds) s; \(each.steps) steps, \(each.candidates) candidates summed, "
                    + "\(format(each.nanosecondsPerCandidate, 1)) ns or "
                    + "\(format(each.blocksPerCandidate, 1)) blocks each")
        }
        lines.append(
            "  \(found) strings, as counted in plaintext; path \(path), a block \(nanosecondsPerBlock.text) ns; "
                + "better: \(format(seconds, 3)) s; must reach \(mustReach), dream \(dream)")
        return lines
    }
}

extension Timing {
    /// Best and median.
    var text: String { "\(format(best, 2)) (median \(format(median, 2)))" }
    var seconds: String { "\(format(best, 3)) (median \(format(median, 3)))" }
}
