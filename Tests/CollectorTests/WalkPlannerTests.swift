import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF
import Testing

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct WalkPlannerTests {
    static let roomy = WalkBounds(
        minThreshold: 1, maxSteps: 1024, maxCandidates: 65_536, maxBitsPerStep: 8, firstStepMaxLevel: 7,
        firstStepMaxCandidates: 65_536)

    /// Strings over few letters and many lengths, many of them prefixes of others, with popular ones among them.
    static func corpus(seed: UInt64, size: Int, longest: Int) -> [[UInt8]] {
        var random = SplitMix(state: seed)
        var known: [[UInt8]] = [Array("a".utf8), Array("ab".utf8), Array("abc".utf8), [0xff, 0x02]]
        for _ in 0..<40 {
            let length = Int.random(in: 0...longest, using: &random)
            known.append((0..<length).map { _ in [0x02, 0x61, 0x62, 0xff].randomElement(using: &random) ?? 0x61 })
        }
        return (0..<size).map { _ in
            // A popular head: the minimum of three draws.
            let rank = (0..<3).map { _ in Int.random(in: 0..<known.count, using: &random) }.min() ?? 0
            return known[rank]
        }
    }

    static func steps() -> [BitsPerStep] { [.auto] + (1...8).map(BitsPerStep.fixed) }

    @Test(arguments: steps(), [11, 12, 13] as [UInt64])
    func aWalkFindsThePlaintextCounts(step: BitsPerStep, seed: UInt64) throws {
        for (bits, longest) in [(64, 7), (256, 31), (261, 20)] {
            let encoding = BytesEncoding()
            let oracle = try PlaintextOracle(
                strings: Self.corpus(seed: seed, size: 500, longest: longest), bits: bits, encoding: encoding)
            let planner = WalkPlanner(bits: bits, encoding: encoding, bounds: Self.roomy, bitsPerStep: step)
            for threshold in [1, 2, 10, 60] as [UInt64] {
                let walk = PlannedWalk(planner, oracle, threshold: threshold)
                #expect(walk.result == oracle.popular(threshold), "seed \(seed), \(bits) bits, threshold \(threshold)")
                expectLawful(walk, planner)
            }
        }
    }

    /// Values without a terminator: the walk ends at the last level, in steps of whatever length.
    @Test(arguments: steps(), [64, 68])
    func aWalkOverValuesOfOneLengthEndsAtTheLeaf(step: BitsPerStep, bits: Int) throws {
        let encoding = HexEncoding()
        var random = SplitMix(state: 31)
        let digits = Array("0123456789abcdef".utf8)
        let known = (0..<30).map { _ in
            (0..<bits / 4).map { _ in digits[Int.random(in: 0..<16, using: &random)] }
        }
        let drawn = (0..<400).map { _ in
            known[Int.random(in: 0..<30, using: &random) * Int.random(in: 0..<30, using: &random) / 30]
        }
        let oracle = try PlaintextOracle(strings: drawn, bits: bits, encoding: encoding)
        let planner = WalkPlanner(bits: bits, encoding: encoding, bounds: Self.roomy, bitsPerStep: step)
        for threshold in [1, 20] as [UInt64] {
            let walk = PlannedWalk(planner, oracle, threshold: threshold)
            #expect(walk.result == oracle.popular(threshold) && !walk.result.isEmpty)
            #expect(walk.questions.last?.level == bits - 1 && walk.unfinished == 0)
            expectLawful(walk, planner)
        }
    }

    /// What the aggregators ask of a sequence of questions, by their own rules.
    private func expectLawful(_ walk: PlannedWalk, _ planner: WalkPlanner) {
        #expect(throws: Never.self) {
            let bounds = planner.bounds
            let rules = WalkRules(
                bits: planner.bits, minBatchSize: 1, timePrecision: TimePrecision(seconds: 1),
                bounds: try WalkTaskExtension(
                    minThreshold: bounds.minThreshold, maxLateRejectionsPPM: 0, maxSteps: UInt16(bounds.maxSteps),
                    maxCandidates: UInt32(bounds.maxCandidates), maxBitsPerStep: UInt8(bounds.maxBitsPerStep),
                    firstStepMaxLevel: UInt16(bounds.firstStepMaxLevel),
                    firstStepMaxCandidates: UInt32(bounds.firstStepMaxCandidates), maxLife: TimeDuration(units: 1)))
            var history = WalkHistory()
            for (step, question) in walk.questions.enumerated() {
                let parameter = try Poplar1AggregationParameter(
                    level: question.level,
                    prefixes: question.candidates)
                _ = try rules.admit(parameter, step: step, after: history, ageSeconds: 0)
                history.steps.append(.init(parameter: parameter, reportCount: 1_000_000))
            }
        }
    }

    @Test func noiseTakesNoMorePrefixesOnThanCouldHaveTheLeastThreshold() {
        var bounds = Self.roomy
        bounds.minThreshold = 10
        let planner = WalkPlanner(bits: 64, encoding: BytesEncoding(), bounds: bounds, bitsPerStep: .auto)
        let prefixes = planner.extend([Prefix()], to: 3)
        let votes: [Int64] = [10, 30, 11, 10, 12]
        let survivors = zip(prefixes, votes).map { Survivor(prefix: $0, votes: $1) }
        #expect(planner.permitted(survivors, ofReports: 50) == survivors)
        #expect(planner.permitted(survivors, ofReports: 49).map(\.votes) == [10, 30, 11, 12])
        #expect(planner.permitted(survivors, ofReports: 49).first == survivors.first)
        #expect(planner.permitted(survivors, ofReports: 29).map(\.votes) == [30, 12])
        #expect(planner.permitted(survivors, ofReports: 9).isEmpty)
    }

    @Test func oneStringOnlyEndsSoonAfterItsTerminator() throws {
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(
            strings: Array(repeating: Array("ab".utf8), count: 20), bits: 1024, encoding: encoding)
        let planner = WalkPlanner(bits: 1024, encoding: encoding, bounds: Self.roomy, bitsPerStep: .fixed(4))
        let walk = PlannedWalk(planner, oracle, threshold: 10)
        #expect(walk.result == [PopularString(value: Array("ab".utf8), count: 20)])
        // 24 bits in steps of 4 and the jump to the leaf.
        #expect(walk.questions.map(\.level) == [3, 7, 11, 15, 19, 23, 1023])
        #expect(walk.questions.last?.candidates.count == 1)
    }

    @Test func nothingPopularEndsTheWalkWithNothing() throws {
        let encoding = BytesEncoding()
        let strings = (0..<50).map { Array("string \($0)".utf8) }
        let oracle = try PlaintextOracle(strings: strings, bits: 256, encoding: encoding)
        let planner = WalkPlanner(bits: 256, encoding: encoding, bounds: Self.roomy, bitsPerStep: .auto)
        #expect(PlannedWalk(planner, oracle, threshold: 12).end == .nothingLeft)
        #expect(PlannedWalk(planner, oracle, threshold: 51).end == .nothingLeft)
    }

    @Test func boundsAreKept() throws {
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(
            strings: Self.corpus(seed: 21, size: 500, longest: 31), bits: 256, encoding: encoding)
        var bounds = Self.roomy
        bounds.maxCandidates = 64
        bounds.firstStepMaxCandidates = 16
        bounds.firstStepMaxLevel = 5
        let planner = WalkPlanner(bits: 256, encoding: encoding, bounds: bounds, bitsPerStep: .fixed(8))
        let walk = PlannedWalk(planner, oracle, threshold: 5)
        #expect(walk.result == oracle.popular(5))
        expectLawful(walk, planner)
    }

    @Test func fewStepsMakeLongOnes() throws {
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(
            strings: Self.corpus(seed: 22, size: 500, longest: 7), bits: 64, encoding: encoding)
        var bounds = Self.roomy
        bounds.maxSteps = 12
        let planner = WalkPlanner(bits: 64, encoding: encoding, bounds: bounds, bitsPerStep: .fixed(1))
        let walk = PlannedWalk(planner, oracle, threshold: 20)
        #expect(walk.result == oracle.popular(20))
        expectLawful(walk, planner)
    }

    @Test func tooManySurvivorsAreOutOfBounds() throws {
        let encoding = BytesEncoding()
        let strings = (2...101).map { [UInt8($0)] }
        let oracle = try PlaintextOracle(strings: strings, bits: 64, encoding: encoding)
        var bounds = Self.roomy
        bounds.maxCandidates = 40
        let planner = WalkPlanner(bits: 64, encoding: encoding, bounds: bounds, bitsPerStep: .auto)
        guard case .outOfBounds(let candidates) = PlannedWalk(planner, oracle, threshold: 1).end else {
            Issue.record("the walk should not go on")
            return
        }
        #expect((candidates ?? 0) > 40)
    }

    @Test func aWalkThatMustEndPublishesWhatHasEnded() throws {
        let encoding = BytesEncoding()
        let strings = Array(repeating: Array("a".utf8), count: 9) + Array(repeating: Array("a long one".utf8), count: 9)
        let oracle = try PlaintextOracle(strings: strings, bits: 256, encoding: encoding)
        let planner = WalkPlanner(bits: 256, encoding: encoding, bounds: Self.roomy, bitsPerStep: .fixed(8))
        let walk = PlannedWalk(planner, oracle, threshold: 5, mustEndAt: 4)
        #expect(walk.result == [PopularString(value: Array("a".utf8), count: 9)])
        #expect(walk.unfinished == 1 && walk.questions.last?.level == 255)
        #expect(PlannedWalk(planner, oracle, threshold: 5, mustEndAt: 1).end == .outOfBounds(candidates: nil))
    }

    /// The first step is never the leaf, however short strings are.
    @Test(arguments: steps(), [4, 8, 12])
    func shortValuesAreFound(step: BitsPerStep, bits: Int) throws {
        let digits = Array("0123456789abcdef".utf8)
        let values = (0..<40).map { value in (0..<bits / 4).map { digits[(value * value >> $0) % 16] } }
        var bounds = Self.roomy
        bounds.firstStepMaxLevel = WalkRules.firstStepMaxLevel(.max, bits: bits)
        let encoding = HexEncoding()
        let oracle = try PlaintextOracle(strings: values, bits: bits, encoding: encoding)
        let planner = WalkPlanner(bits: bits, encoding: encoding, bounds: bounds, bitsPerStep: step)
        let walk = PlannedWalk(planner, oracle, threshold: 3)
        #expect(walk.result == oracle.popular(3) && !walk.result.isEmpty)
        expectLawful(walk, planner)
    }

    /// `auto` and a number above the bound keep to it; a longer step is the last, with whole strings alone.
    @Test(arguments: [.auto, .fixed(16)] as [BitsPerStep], [1, 3, 4])
    func noStepIsLongerThanTheTaskPermits(step: BitsPerStep, most: Int) throws {
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(
            strings: Self.corpus(seed: 23, size: 500, longest: 20), bits: 256, encoding: encoding)
        var bounds = Self.roomy
        bounds.maxBitsPerStep = most
        let planner = WalkPlanner(bits: 256, encoding: encoding, bounds: bounds, bitsPerStep: step)
        let walk = PlannedWalk(planner, oracle, threshold: 10)
        #expect(walk.result == oracle.popular(10))
        let levels = walk.questions.map(\.level)
        #expect(zip(levels, levels.dropFirst()).dropLast().allSatisfy { $1 - $0 <= most })
        expectLawful(walk, planner)
    }

    /// Where no inner step is left the leaf is asked for every string only from near by.
    @Test(arguments: [(4, 0), (3, 1)])
    func theLastStepStaysWithinTheBitsAStep(most: Int, unfinished: Int) throws {
        let strings = Array(repeating: Array("a".utf8), count: 9) + Array(repeating: Array("abc".utf8), count: 9)
        let encoding = BytesEncoding()
        let oracle = try PlaintextOracle(strings: strings, bits: 32, encoding: encoding)
        var bounds = Self.roomy
        bounds.maxBitsPerStep = most
        let planner = WalkPlanner(bits: 32, encoding: encoding, bounds: bounds, bitsPerStep: .fixed(8))
        let ended = encoding.read(try encoding.path(of: Array("a".utf8), bits: 32).ancestor(level: 27), bits: 32)
        guard case .complete = ended else { throw CancellationError() }
        let survivors = try ["a", "abc"].map {
            try encoding.path(of: Array($0.utf8), bits: 32).ancestor(level: 27)
        }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let decision = planner.question(
            after: survivors, at: 27, step: 5, mustEnd: true, pace: WalkPace())
        switch decision {
        case .ask(let question):
            #expect(unfinished == 0 && question.level == 31)
            #expect(oracle.answer(question).filter { $0 > 0 } == [9, 9])
        case .askLeaf(let question, let left):
            #expect(left == unfinished && question.candidates.count == 1)
        default: Issue.record("\(decision)")
        }
    }

    /// A walk over ever more levels with steps of `fixed + perWork * work` seconds: the widths that were chosen.
    private func widths(open: Int, fixed: Double, perWork: Double, noise: Double = 0, seed: UInt64 = 41) -> [Int] {
        var random = SplitMix(state: seed)
        var pace = WalkPace()
        return (0..<80).map { _ in
            let bits = pace.quickestBits(open: open, complete: 0, levelsLeft: 1000)
            let work = WalkWork.ofStep(open: open, complete: 0, bits: bits)
            let factor = 1 + noise * Double.random(in: -1...1, using: &random)
            pace.record(bits: bits, work: work, seconds: (fixed + perWork * work) * factor)
            return bits
        }
    }

    /// From whatever it assumes at first, the choice comes to the best width and stays, though times are uneven.
    @Test(arguments: [1, 13, 94, 1000], [40, 100, 400, 5000] as [Double])
    func theChoiceConverges(open: Int, fixed: Double) {
        func timePerLevel(_ bits: Int) -> Double {
            (fixed + WalkWork.ofStep(open: open, complete: 0, bits: bits)) / Double(bits)
        }
        let least = (1...8).map(timePerLevel).min() ?? 0
        /// How many times as long as with the best width from the start.
        func excess(_ widths: [Int]) -> Double {
            let total = widths.reduce(0) { $0 + timePerLevel($1) * Double($1) }
            return total / Double(widths.reduce(0, +)) / least
        }
        #expect(excess(widths(open: open, fixed: fixed * 1e-4, perWork: 1e-4)) < 1.03)
        let uneven = (1...20 as ClosedRange<UInt64>).map {
            excess(widths(open: open, fixed: fixed * 1e-4, perWork: 1e-4, noise: 0.3, seed: $0))
        }
        #expect(uneven.reduce(0, +) / 20 < 1.08, "\(uneven)")
    }

    /// What the first steps took, while the aggregators took their memory, decides nothing for the rest of a walk: times of 400,000
    /// reports, of which two widths were measured at the beginning alone and three times as slow as they are.
    @Test func theBeginningIsForgotten() {
        var pace = WalkPace()
        for (bits, open, seconds) in [(2, 64, 1.63), (1, 241, 5.4), (1, 223, 2.97), (2, 157, 2.87), (3, 109, 4.24)] {
            let work = WalkWork.ofStep(open: open, complete: 0, bits: bits)
            pace.record(bits: bits, work: work, seconds: seconds)
        }
        let later = (0..<80).map { _ in
            let bits = pace.quickestBits(open: 102, complete: 0, levelsLeft: 1000)
            let work = WalkWork.ofStep(open: 102, complete: 0, bits: bits)
            pace.record(bits: bits, work: work, seconds: [1.0, 1.66, 3.32, 6.3, 13, 27, 55, 110][bits - 1])
            return bits
        }
        #expect(later.suffix(60).allSatisfy { $0 == 2 }, "\(later)")
    }

    /// However slow the first steps are, and however much longer a step takes after a wider one, a walk comes to the width that is
    /// quickest for it.
    @Test(arguments: [0, 3, 4, 6], [13, 103, 1_000])
    func noWalkStaysAtAWrongWidth(slow: Int, open: Int) {
        // The fixed part, how much longer a step takes after a wider one, how much longer the first ones take.
        for (fixed, after, factor) in [(5.0, 0.2, 3.0), (50, 0, 1.5), (50, 0.8, 3), (300, 0.4, 3), (300, 0.8, 1.5)] {
            func seconds(_ bits: Int) -> Double { fixed + WalkWork.ofStep(open: open, complete: 0, bits: bits) }
            var (pace, before, time, levels) = (WalkPace(), 0, 0.0, 0)
            for step in 0..<120 {
                let bits = pace.quickestBits(open: open, complete: 0, levelsLeft: 1000, atMost: 4)
                let taken = seconds(bits) * (step < slow ? factor : 1) * (before > bits ? 1 + after : 1)
                let work = WalkWork.ofStep(open: open, complete: 0, bits: bits)
                pace.record(bits: bits, work: work, seconds: taken / 1e4)
                if step >= 40 { (time, levels) = (time + taken, levels + bits) }
                before = bits
            }
            let best = (1...4).map { seconds($0) / Double($0) }.min() ?? 0
            #expect(time / Double(levels) < 1.08 * best, "fixed \(fixed), after a wider one \(after), slow \(factor)")
        }
    }

    /// A step after a wider one takes longer than others of its width, and decides nothing: times of 100,000 reports, of which the
    /// steps of two bits came after one and after four.
    @Test func aStepAfterAWiderOneIsNoMeasure() {
        var pace = WalkPace()
        let measured = [
            (2, 64, 0.43), (1, 241, 0.804), (1, 225, 0.53), (2, 163, 0.75), (3, 109, 0.945), (3, 106, 0.86),
            (4, 103, 1.546), (2, 103, 0.693), (4, 103, 1.449), (3, 103, 0.89), (3, 103, 0.829),
        ]
        for (bits, open, seconds) in measured {
            let work = WalkWork.ofStep(open: open, complete: 0, bits: bits)
            pace.record(bits: bits, work: work, seconds: seconds)
        }
        var before = 3
        let later = (0..<80).map { _ in
            let bits = pace.quickestBits(open: 103, complete: 0, levelsLeft: 1000)
            let work = WalkWork.ofStep(open: 103, complete: 0, bits: bits)
            let seconds = [0.22, 0.415, 0.82, 1.45, 2.9, 5.8, 11.6, 23.2][bits - 1] + (before > bits ? 0.2 : 0)
            pace.record(bits: bits, work: work, seconds: seconds)
            before = bits
            return bits
        }
        #expect(later.suffix(60).count { $0 == 2 } >= 58, "\(later)")
    }

    /// The leaf's candidates cost most: the last step is narrow where that saves more than a step costs.
    @Test func theLeafIsReachedNarrowly() {
        var pace = WalkPace()
        for bits in 1...3 {
            let work = WalkWork.ofStep(open: 100, complete: 0, bits: bits)
            pace.record(bits: bits, work: work, seconds: 1e-4 * (100 + work))
        }
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 1) == 1)
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 2) == 1)
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 3) == 2)

        var slow = WalkPace()
        for bits in 1...3 { slow.record(bits: bits, work: Double(bits), seconds: 1) }
        #expect(slow.quickestBits(open: 1, complete: 0, levelsLeft: 2) == 2)
    }

    /// However many bits a step takes, the aggregators can keep a node for each of its prefixes and no more: what they keep
    /// bounds no width.
    @Test func stateBoundsNoWidth() {
        var pace = WalkPace()
        // Steps take as long whatever they ask, so that the widest is best.
        for bits in [1, 1, 2, 2, 3, 3] { pace.record(bits: bits, work: 320 * Double(bits), seconds: 1) }
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 100) == 4)
    }

    /// No step is chosen that has several times the work of any that was measured.
    @Test func theChoiceDoesNotLeap() {
        var pace = WalkPace()
        for _ in 0..<4 { pace.record(bits: 2, work: 490, seconds: 1) }
        pace.record(bits: 1, work: 230, seconds: 0.99)
        // By these times a step costs the same whatever it asks.
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 100) == 3)
        pace.record(bits: 3, work: 1010, seconds: 1)
        #expect(pace.quickestBits(open: 100, complete: 0, levelsLeft: 100) == 4)
    }
}
