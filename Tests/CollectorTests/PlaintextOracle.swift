import PopulusCollector
import PopulusStringCodec
import PopulusVDAF

/// Answers a walk's questions from the strings themselves.
struct PlaintextOracle {
    let paths: [Prefix: UInt64]
    let counts: [[UInt8]: UInt64]

    /// - Parameter other: reports with the reserved word.
    init(strings: [[UInt8]], other: UInt64 = 0, bits: Int, encoding: any StringEncoding) throws {
        var counts: [[UInt8]: UInt64] = [:]
        for string in strings { counts[string, default: 0] += 1 }
        var paths: [Prefix: UInt64] = [:]
        for (string, count) in counts { paths[try encoding.path(of: string, bits: bits)] = count }
        if other > 0, let word = encoding.reservedWord(bits: bits) { paths[word.padded(to: bits)] = other }
        self.counts = counts
        self.paths = paths
    }

    /// The votes of every candidate, in the candidates' order.
    func answer(_ question: WalkQuestion) -> [UInt64] {
        var votes: [Prefix: UInt64] = [:]
        for (path, count) in paths { votes[path.ancestor(level: question.level), default: 0] += count }
        return question.candidates.map { votes[$0] ?? 0 }
    }

    /// The strings with at least `threshold` votes, best first.
    func popular(_ threshold: UInt64) -> [PopularString] {
        counts.filter { $0.value >= threshold }.map { PopularString(value: $0.key, count: Int64($0.value)) }
            .sorted(by: PopularString.precedes)
    }
}

/// What a walk of the planner through an oracle came to.
struct PlannedWalk {
    var questions: [WalkQuestion] = []
    var result: [PopularString] = []
    var end: WalkPlanner.Decision?
    var unfinished = 0

    init(_ planner: WalkPlanner, _ oracle: PlaintextOracle, threshold: UInt64, mustEndAt: Int = .max) {
        var decision = planner.firstQuestion()
        var pace = WalkPace()
        while questions.count <= planner.bits {
            let question: WalkQuestion
            switch decision {
            case .ask(let next): question = next
            case .askLeaf(let next, let unfinished):
                question = next
                self.unfinished = unfinished
            case .nothingLeft, .outOfBounds:
                end = decision
                return
            }
            questions.append(question)
            let survivors = zip(question.candidates, oracle.answer(question)).filter { $0.1 >= threshold }
            if question.level == planner.leaf {
                result = survivors.compactMap { path, votes in
                    guard case .complete(let value, _) = planner.encoding.read(path, bits: planner.bits) else {
                        return nil
                    }
                    return PopularString(value: value, count: Int64(votes))
                }.sorted(by: PopularString.precedes)
                return
            }
            pace.record(bits: 2, work: Double(question.candidates.count), seconds: 0.01)
            decision = planner.question(
                after: survivors.map(\.0), at: question.level, step: questions.count,
                mustEnd: questions.count >= mustEndAt, pace: pace)
        }
    }
}
