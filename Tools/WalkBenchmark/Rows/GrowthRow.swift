import BenchmarkSupport

/// How an inner level's cost grows with candidates and bits: what the design article's model rests on.
struct GrowthRow: Encodable {
    /// One number of candidates at one number of bits.
    struct Point: Encodable {
        let bits: Int
        let candidates: Int
        let nanosecondsPerReport: Timing
        let nanosecondsPerCandidate: Timing
    }

    /// The straight line through the points of one number of bits: a report's fixed cost at a level, and a candidate's.
    struct Line: Encodable {
        let bits: Int
        let nanosecondsPerReport: Double
        let nanosecondsPerCandidate: Double
    }

    let reports: Int
    let points: [Point]
    let lines: [Line]
    let nanosecondsPerBlock: Timing

    init(isSmoke: Bool) throws {
        reports = isSmoke ? 8 : 500
        var points: [Point] = []
        var lines: [Line] = []
        var blocks: [Timing] = []
        for bits in isSmoke ? [64] : [64, 256, 1024] {
            let report = try OneReport(bits: bits, reports: reports)
            var measured: [Point] = []
            for candidates in isSmoke ? [20, 63] : [20, 63, 200, 632, 2000] {
                let (time, block) = try report.inner(
                    candidates: candidates, bitsPerStep: 1, steps: isSmoke ? 1 : max(10, 6000 / candidates))
                let count = Double(candidates)
                measured.append(
                    Point(
                        bits: bits, candidates: candidates, nanosecondsPerReport: time,
                        nanosecondsPerCandidate: Timing(best: time.best / count, median: time.median / count)))
                blocks.append(block)
            }
            points += measured
            lines.append(Self.line(through: measured, bits: bits))
        }
        self.points = points
        self.lines = lines
        nanosecondsPerBlock = Timing(blocks.map(\.best))
    }

    /// Least squares of the best times' relative errors.
    private static func line(through points: [Point], bits: Int) -> Line {
        var (w, x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for point in points {
            let (count, time) = (Double(point.candidates), point.nanosecondsPerReport.best)
            let weight = 1 / (time * time)
            w += weight
            x += weight * count
            y += weight * time
            xx += weight * count * count
            xy += weight * count * time
        }
        let slope = (w * xy - x * y) / (w * xx - x * x)
        return Line(bits: bits, nanosecondsPerReport: (y - slope * x) / w, nanosecondsPerCandidate: slope)
    }
}

extension GrowthRow: TextRow {
    var text: [String] {
        ["growth: inner levels, \(reports) reports, one aggregator, one core; a block \(nanosecondsPerBlock.text) ns"]
            + points.map { point in
                "  \(point.bits) bits, \(point.candidates) candidates: \(point.nanosecondsPerReport.text) ns a report, "
                    + "\(point.nanosecondsPerCandidate.text) ns a candidate"
            }
            + lines.map { line in
                "  \(line.bits) bits: a report \(format(line.nanosecondsPerReport, 0)) ns, "
                    + "and \(format(line.nanosecondsPerCandidate, 2)) ns a candidate"
            }
    }
}
