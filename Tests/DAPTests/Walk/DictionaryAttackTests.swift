import PopulusDAP
import PopulusVDAF
import Testing

/// A Collector that knows strings by heart, against rule 4.
@Suite struct DictionaryAttackTests {
    static func rules(
        bits: Int, minThreshold: UInt64 = 100, margin: UInt64 = 0, maxBitsPerStep: UInt8? = nil,
        firstStepMaxLevel: UInt16 = .max, noise: WalkNoise = .none
    ) throws -> WalkRules {
        let bounds = try WalkTaskExtension(
            minThreshold: minThreshold, thresholdMargin: margin, maxLateRejectionsPPM: 0, maxSteps: 100,
            maxCandidates: 65_536, maxBitsPerStep: maxBitsPerStep, firstStepMaxLevel: firstStepMaxLevel,
            firstStepMaxCandidates: 65_536, maxLife: TimeDuration(units: 10), noise: noise)
        return WalkRules(bits: bits, minBatchSize: 20, timePrecision: TimePrecision(seconds: 10), bounds: bounds)
    }

    static func question(_ values: some Sequence<Int>, bits: Int) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(
            level: bits - 1, prefixes: values.map { WalkRulesTests.number($0, bits: bits) })
    }

    static func refusal(
        _ rules: WalkRules, _ question: Poplar1AggregationParameter, after steps: [Poplar1AggregationParameter] = [],
        reports: UInt64 = 300
    ) -> WalkRefusal? {
        let history = WalkHistory(steps: steps.map { .init(parameter: $0, reportCount: reports) })
        do throws(WalkRefusal) {
            _ = try rules.admit(question, step: steps.count, after: history, ageSeconds: 0)
            return nil
        } catch {
            return error
        }
    }

    /// 300 strings with one vote each: the question {0, 1}, then 10,000 guesses at whole strings.
    @Test func aDictionaryReadsNoStringsInTwoQuestions() throws {
        let rules = try Self.rules(bits: 256)
        let first = try Poplar1AggregationParameter(level: 0, prefixes: [Prefix(bits: [false]), Prefix(bits: [true])])
        #expect(Self.refusal(rules, first) == nil)
        let guesses = (0..<10_000).map { guess in
            Prefix(bits: (0..<256).map { bit in bit < 14 && guess >> (13 - bit) & 1 == 1 })
        }
        let leaf = try Poplar1AggregationParameter(level: 255, prefixes: guesses)
        #expect(Self.refusal(rules, leaf, after: [first]) == .tooManyBits(limit: 4))
        // One guess for each of three prefixes is what the threshold allows.
        let three = try Poplar1AggregationParameter(level: 255, prefixes: [guesses[0], guesses[9999]])
        #expect(Self.refusal(rules, three, after: [first]) == nil)
    }

    /// Short strings: one question at step 0 for all of them.
    @Test func theWholeDomainIsNotReadInOneQuestion() throws {
        let rules = try Self.rules(bits: 16)
        #expect(Self.refusal(rules, try Self.question(0..<65_536, bits: 16)) == .firstStepTooDeep(limit: 7))
        #expect(Self.refusal(rules, try Self.question(0..<256, bits: 8)) == nil)
        #expect(Self.refusal(rules, try Self.question([5], bits: 9)) == .firstStepTooDeep(limit: 7))
    }

    /// Not even where the task's own bound on step 0 would allow it.
    @Test(arguments: [(2, 0), (3, 1), (4, 2), (8, 6), (9, 7), (10, 7), (300, 7)])
    func theFirstStepIsNeverTheLeaf(bits: Int, limit: Int) throws {
        let rules = try Self.rules(bits: bits)
        #expect(Self.refusal(rules, try Self.question([0], bits: limit + 1)) == nil)
        #expect(Self.refusal(rules, try Self.question([0], bits: limit + 2)) == .firstStepTooDeep(limit: limit))
        let lower = try Self.rules(bits: bits, firstStepMaxLevel: 0)
        #expect(Self.refusal(lower, try Self.question([0], bits: 1)) == nil)
        #expect(Self.refusal(lower, try Self.question([0], bits: 2)) == .firstStepTooDeep(limit: 0))
    }

    @Test func aJumpHasOneCandidateForEachAncestor() throws {
        let rules = try Self.rules(bits: 64)
        let first = try Self.question(0..<4, bits: 2)
        // Four bits on, every extension; five, one each.
        #expect(Self.refusal(rules, try Self.question(0..<48, bits: 6), after: [first]) == nil)
        #expect(Self.refusal(rules, try Self.question([0, 1], bits: 7), after: [first]) == .tooManyBits(limit: 4))
        #expect(
            Self.refusal(rules, try Self.question([0, 32, 64, 65], bits: 7), after: [first]) == .tooManyBits(limit: 4))
        #expect(Self.refusal(rules, try Self.question([0, 32, 64], bits: 7), after: [first]) == nil)
        #expect(
            Self.refusal(rules, try Self.question([0, 32, 64, 96], bits: 7), after: [first])
                == .tooManyAncestors(limit: 3))
    }

    @Test func theMarginOfNoiseAddsAncestors() throws {
        let noise = WalkNoise.discreteLaplace(scaleNumerator: 10, scaleDenominator: 1)
        let rules = try Self.rules(bits: 64, margin: 40, noise: noise)
        #expect(rules.bounds.maxBitsPerStep == 8)
        let first = try Self.question(0..<8, bits: 3)
        #expect(Self.refusal(rules, try Self.question((0..<5).map { $0 * 2 }, bits: 4), after: [first]) == nil)
        #expect(
            Self.refusal(rules, try Self.question((0..<6).map { $0 * 2 }, bits: 4), after: [first])
                == .tooManyAncestors(limit: 5))
    }

    @Test func whetherOneWalkCanReadTheDomain() throws {
        let bounds = try Self.rules(bits: 16, minThreshold: 10).bounds
        // 16 strings for each of the prefixes.
        #expect(bounds.readsWholeDomain(bits: 7, reportCount: 80) && !bounds.readsWholeDomain(bits: 7, reportCount: 79))
        #expect(!bounds.readsWholeDomain(bits: 64, reportCount: .max))
        #expect(try Self.rules(bits: 4, minThreshold: 1).bounds.readsWholeDomain(bits: 63, reportCount: .max))
    }
}
