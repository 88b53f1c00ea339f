import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF
import Testing

/// `max_steps` as a budget: how it is spent, and what it suffices for.
@Suite struct PlannerBudgetTests {
    /// The default budget of a task with noise.
    private static func defaultSteps(bits: Int) -> Int { max(2, (bits + 3) / 4) }

    /// Times that say anything: nothing, all widths alike, the widest for nothing, the narrowest for nothing, or chance.
    private func pace(_ kind: Int, _ random: inout SplitMix) -> WalkPace {
        var pace = WalkPace()
        guard kind > 0 else { return pace }
        for bits in 1...8 {
            let work = WalkWork.ofStep(open: 100, complete: 0, bits: bits)
            let seconds: Double =
                switch kind {
                case 1: 1
                case 2: 1 / Double(1 << bits)
                case 3: work * work * work
                default: Double.random(in: 1e-6...1e6, using: &random)
                }
            for _ in 0..<3 { pace.record(bits: bits, work: work, seconds: seconds) }
        }
        return pace
    }

    /// Walks in which random prefixes survive, the beginnings of some paths always among them: those paths are asked for at
    /// the leaf.
    private struct CrowdedWalk {
        let planner: WalkPlanner
        let followed: [Prefix]
        /// The most prefixes that a step leaves.
        let crowd: Int
        var questions: [WalkQuestion] = []
        var unfinished = 0
        var end: WalkPlanner.Decision?

        mutating func run(
            _ random: inout SplitMix, pace: (inout SplitMix) -> WalkPace
        ) {
            var decision = planner.firstQuestion()
            while questions.count <= planner.bounds.maxSteps {
                switch decision {
                case .ask(let next): questions.append(next)
                case .askLeaf(let next, let left):
                    questions.append(next)
                    unfinished = left
                case .nothingLeft, .outOfBounds:
                    end = decision
                    return
                }
                let question = questions[questions.count - 1]
                guard question.level < planner.leaf else { return }
                decision = planner.question(
                    after: survivors(of: question, &random), at: question.level, step: questions.count, mustEnd: false,
                    pace: pace(&random))
            }
        }

        private func survivors(of question: WalkQuestion, _ random: inout SplitMix) -> [Prefix] {
            let kept = Set(followed.map { $0.ancestor(level: question.level) })
            let others = question.candidates.filter { !kept.contains($0) }.shuffled(using: &random)
            let room = Int.random(in: 0...max(0, crowd - kept.count), using: &random)
            return (others.prefix(room) + question.candidates.filter(kept.contains)).sorted()
        }
    }

    /// The guarantee of `WalkPlanner`: whatever survives, however long strings are, whatever the pace says.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func nothingIsCutOffAtTheDefaultBudget(seed: UInt64) {
        var random = SplitMix(state: seed)
        for round in 0..<60 {
            let bits = Int.random(in: 2...(round % 3 == 0 ? 12 : 260), using: &random)
            let crowd = 1 << Int.random(in: 0...4, using: &random)
            let bounds = WalkBounds(
                minThreshold: 1, maxSteps: Self.defaultSteps(bits: bits),
                maxCandidates: 16 * crowd + Int.random(in: 0...15, using: &random),
                maxBitsPerStep: Int.random(in: 4...16, using: &random),
                firstStepMaxLevel: WalkRules.firstStepMaxLevel(.max, bits: bits),
                firstStepMaxCandidates: Int.random(in: 16...256, using: &random))
            let encoding = RandomTreeEncoding(
                seed: random.next(), rarity: [2, 8, 64, 1 << 60].randomElement(using: &random) ?? 8)
            let step: BitsPerStep =
                Bool.random(using: &random) ? .auto : .fixed(Int.random(in: 1...16, using: &random))
            let planner = WalkPlanner(bits: bits, encoding: encoding, bounds: bounds, bitsPerStep: step)
            let followed = (0..<Int.random(in: 1...crowd, using: &random)).map { _ in
                encoding.path(bits: bits, using: &random)
            }
            let kind = Int.random(in: 0...4, using: &random)
            var walk = CrowdedWalk(planner: planner, followed: followed, crowd: crowd)
            walk.run(&random) { pace(kind, &$0) }
            let context: Comment = "seed \(seed), round \(round), \(bits) bits, \(step), \(bounds), pace \(kind)"
            #expect(walk.end == nil && walk.unfinished == 0, context)
            #expect(walk.questions.count <= bounds.maxSteps, context)
            #expect(walk.questions.allSatisfy { $0.candidates.count <= bounds.maxCandidates }, context)
            let asked = Set(walk.questions.last?.candidates ?? [])
            #expect(walk.questions.last?.level == bits - 1 && asked.isSuperset(of: followed), context)
        }
    }

    /// Steps that had to be short are made up for by later ones.
    @Test func aCrowdedStretchIsCaughtUpWith() {
        var random = SplitMix(state: 51)
        let encoding = RandomTreeEncoding(seed: 5, rarity: 1 << 60)
        let bounds = WalkBounds(
            minThreshold: 1, maxSteps: 16, maxCandidates: 64, maxBitsPerStep: 8, firstStepMaxLevel: 7,
            firstStepMaxCandidates: 256)
        let planner = WalkPlanner(bits: 64, encoding: encoding, bounds: bounds, bitsPerStep: .fixed(1))
        let path = encoding.path(bits: 64, using: &random)
        var decision = planner.firstQuestion()
        var levels: [Int] = []
        while case .ask(let question) = decision {
            levels.append(question.level)
            guard question.level < 63 else { break }
            // Four steps leave 16 prefixes, of which 2 bits are all that fits.
            let count = (1...4).contains(levels.count) ? 16 : 1
            let own = path.ancestor(level: question.level)
            let others = question.candidates.filter { $0 != own }.prefix(count - 1)
            decision = planner.question(
                after: ([own] + others).sorted(), at: question.level, step: levels.count, mustEnd: false,
                pace: WalkPace())
        }
        #expect(levels == [3, 5, 7, 9, 11, 16, 21, 26, 31, 36, 41, 46, 51, 55, 59, 63])
    }

    /// Budgets from far too small to ample, over strings of many lengths.
    @Test(arguments: [8, 32, 64, 256], [71, 72] as [UInt64])
    func aBudgetFindsWhatItReaches(maxSteps: Int, seed: UInt64) throws {
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(
            strings: WalkPlannerTests.corpus(seed: seed, size: 500, longest: 31), bits: 256, encoding: encoding)
        var bounds = WalkPlannerTests.roomy
        bounds.maxSteps = maxSteps
        for step in [.auto, .fixed(1)] as [BitsPerStep] {
            let planner = WalkPlanner(bits: 256, encoding: encoding, bounds: bounds, bitsPerStep: step)
            let walk = PlannedWalk(planner, oracle, threshold: 5)
            #expect(walk.questions.count <= maxSteps, "seed \(seed)")
            guard maxSteps == 8 else {
                #expect(walk.result == oracle.popular(5) && walk.unfinished == 0, "seed \(seed), \(step)")
                continue
            }
            // Seven steps of eight bits: words of at most seven bytes have ended, and the others are counted.
            let short = oracle.popular(5).filter { $0.value.count <= 6 }
            #expect(walk.result == short && !short.isEmpty, "seed \(seed), \(step)")
            #expect(walk.unfinished > 0)
        }
    }

    /// Where there is a step for each level a walk goes on as if steps had no number.
    @Test func plentyOfStepsChangeNothing() {
        var random = SplitMix(state: 61)
        for _ in 0..<200 {
            let levelsLeft = Int.random(in: 1...40, using: &random)
            let (open, complete) = (Int.random(in: 1...500, using: &random), Int.random(in: 0...50, using: &random))
            let pace = pace(Int.random(in: 0...4, using: &random), &random)
            let unlimited = pace.quickestBits(open: open, complete: complete, levelsLeft: levelsLeft)
            let counted = pace.quickestBits(
                open: open, complete: complete, levelsLeft: levelsLeft, stepsLeft: levelsLeft)
            #expect(unlimited == counted)
        }
    }
}
