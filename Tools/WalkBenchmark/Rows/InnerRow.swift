import BenchmarkSupport
import PopulusKernels

/// Inner levels at 256 bits and 200 candidates, on every path of this machine.
struct InnerRow: Encodable {
    /// One path at one width of step.
    struct Case: Encodable {
        let path: String
        let bitsPerStep: Int
        let nanosecondsPerCandidate: Timing
        /// One block of the fixed-key AES hash with the same instructions.
        let hashPath: String
        let nanosecondsPerBlock: Timing
        let blocksPerCandidate: Timing
        /// In blocks, at one bit a step; nil where none is set.
        let mustReach: Double?
        let dream: Double?
    }

    let bits: Int
    let candidates: Int
    let reports: Int
    let cases: [Case]

    init(isSmoke: Bool) throws {
        bits = isSmoke ? 64 : 256
        candidates = isSmoke ? 20 : 200
        reports = isSmoke ? 8 : 1000
        let report = try OneReport(bits: bits, reports: reports)
        var cases: [Case] = []
        for path in ProcessorPath.available {
            for bitsPerStep in 1...2 {
                let hash = Self.hashPath(of: path)
                let (time, block) = try report.inner(
                    candidates: candidates, bitsPerStep: bitsPerStep, steps: isSmoke ? 2 : 60, path: path, hash: hash)
                let each = Timing(best: time.best / Double(candidates), median: time.median / Double(candidates))
                let goal = bitsPerStep == 1 ? Self.goal(of: path) : nil
                cases.append(
                    Case(
                        path: "\(path)", bitsPerStep: bitsPerStep, nanosecondsPerCandidate: each, hashPath: "\(hash)",
                        nanosecondsPerBlock: block, blocksPerCandidate: each.multiple(of: block),
                        mustReach: goal?.must, dream: goal?.dream))
            }
        }
        self.cases = cases
    }

    /// The path of the hash whose block a walk's path is measured in.
    private static func hashPath(of path: ProcessorPath) -> ProcessorPath {
        path == .avx2 ? .aesni : path
    }

    private static func goal(of path: ProcessorPath) -> (must: Double, dream: Double)? {
        path == .avx2 ? (10, 7) : nil
    }
}

extension InnerRow: TextRow {
    var text: [String] {
        ["inner level: \(bits) bits, \(candidates) candidates, \(reports) reports, one aggregator, one core"]
            + cases.map { each in
                let bits = each.bitsPerStep == 1 ? "1 bit a step " : "\(each.bitsPerStep) bits a step"
                var line =
                    "  \(each.path), \(bits): \(each.nanosecondsPerCandidate.text) ns a candidate, "
                    + "\(each.blocksPerCandidate.text) blocks (\(each.hashPath), \(each.nanosecondsPerBlock.text) ns)"
                if let must = each.mustReach, let dream = each.dream {
                    line += "; must reach \(format(must, 0)), dream \(format(dream, 0))"
                }
                return line
            }
    }
}
