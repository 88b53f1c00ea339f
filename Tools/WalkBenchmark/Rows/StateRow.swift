import BenchmarkSupport

/// Steps whose state is larger than the caches, with either level kept; and those of URLs, of which some have ended.
struct StateRow: Encodable {
    /// Steps of one width.
    struct Case: Encodable {
        let bitsPerStep: Int
        let keeps: Keeping
        let open: Int
        let complete: Int
        let candidates: Int
        let stateBytesPerReport: Double
        let nanosecondsPerReport: Timing
        let nanosecondsPerCandidate: Timing
        let blocksPerCandidate: Timing
    }

    /// A walk of two bits a step to strings of URLs: at first none of its prefixes is complete, at the end all are.
    struct URLs: Encodable {
        let keeps: Keeping
        let survivors: Int
        /// The mean over such steps.
        let nanosecondsPerReportAndStep: Timing
        let blocksPerReportAndStep: Timing
    }

    let bits: Int
    let reports: Int
    let cases: [Case]
    let urls: [URLs]

    init(isSmoke: Bool) throws {
        (bits, reports) = isSmoke ? (64, 8) : (256, 10_000)
        let report = try OneReport(bits: bits, reports: reports)
        var cases: [Case] = []
        for (bitsPerStep, open) in [(1, 218), (2, 109), (3, 55)] {
            for keeping in bitsPerStep == 1 ? [Keeping.levelAbove] : Keeping.allCases {
                cases.append(
                    try Self.measure(report, open, 0, bitsPerStep, isSmoke ? 2 : 12, keeping))
            }
        }
        self.cases = cases
        // So many that the ancestors take less room than the level above, however few of them branch: rows are of 64 bytes.
        let survivors = isSmoke ? 32 : 100
        urls = try Keeping.allCases.map { keeping in
            let stages = try (0...4).map { quarter in
                let complete = survivors * quarter / 4
                return try report.steps(
                    open: survivors - complete, complete: complete, bitsPerStep: 2, steps: isSmoke ? 2 : 8,
                    keeping: quarter == 4 ? .levelAbove : keeping)
            }
            let mean = Timing(
                best: stages.map(\.nanosecondsPerReport.best).reduce(0, +) / 5,
                median: stages.map(\.nanosecondsPerReport.median).reduce(0, +) / 5)
            return URLs(
                keeps: keeping, survivors: survivors, nanosecondsPerReportAndStep: mean,
                blocksPerReportAndStep: mean.multiple(of: Timing(stages.map(\.block.best))))
        }
    }

    private static func measure(
        _ report: OneReport, _ open: Int, _ complete: Int, _ bitsPerStep: Int, _ steps: Int, _ keeping: Keeping
    ) throws -> Case {
        let cost = try report.steps(
            open: open, complete: complete, bitsPerStep: bitsPerStep, steps: steps, keeping: keeping)
        let candidates = open << bitsPerStep + complete
        let each = Timing(
            best: cost.nanosecondsPerReport.best / Double(candidates),
            median: cost.nanosecondsPerReport.median / Double(candidates))
        return Case(
            bitsPerStep: bitsPerStep, keeps: keeping, open: open, complete: complete, candidates: candidates,
            stateBytesPerReport: cost.stateBytesPerReport, nanosecondsPerReport: cost.nanosecondsPerReport,
            nanosecondsPerCandidate: each, blocksPerCandidate: each.multiple(of: cost.block))
    }
}

extension StateRow: TextRow {
    var text: [String] {
        ["state larger than the caches: \(bits) bits, \(reports) reports, one aggregator, one core"]
            + cases.map { each in
                "  \(each.bitsPerStep) a step, \(each.candidates) candidates, \(each.keeps.rawValue) kept "
                    + "(\(format(each.stateBytesPerReport, 0)) bytes a report): "
                    + "\(each.nanosecondsPerCandidate.text) ns a candidate, \(each.blocksPerCandidate.text) blocks"
            }
            + urls.map { each in
                "  strings of URLs, \(each.survivors) that survive, from none complete to all, \(each.keeps.rawValue) "
                    + "kept: \(each.nanosecondsPerReportAndStep.text) ns a report and step, "
                    + "\(each.blocksPerReportAndStep.text) blocks"
            }
    }
}
