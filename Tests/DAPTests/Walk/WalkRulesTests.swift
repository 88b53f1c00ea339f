import PopulusDAP
import PopulusVDAF
import Testing

/// Each rule for a proposed step, kept and broken.
@Suite struct WalkRulesTests {
    let rules: WalkRules

    init() throws {
        let bounds = try WalkTaskExtension(
            minThreshold: 10, maxLateRejectionsPPM: 50_000, maxSteps: 4, maxCandidates: 8, firstStepMaxLevel: 2,
            firstStepMaxCandidates: 6, maxLife: TimeDuration(units: 10))
        rules = WalkRules(bits: 16, minBatchSize: 20, timePrecision: TimePrecision(seconds: 10), bounds: bounds)
    }

    static func parameter(_ candidates: String...) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(
            level: candidates[0].count - 1, prefixes: candidates.map { Prefix(bits: $0.map { $0 == "1" }) })
    }

    /// A number in binary, most significant bit first.
    static func number(_ value: Int, bits: Int) -> Prefix {
        Prefix(bits: (0..<bits).map { (value >> (bits - 1 - $0)) & 1 == 1 })
    }

    /// One step at level 1 with 39 reports: at most 3 of its candidates can have had 10 votes.
    static func oneStep(count: UInt64? = 39) throws -> WalkHistory {
        WalkHistory(steps: [.init(parameter: try parameter("00", "01", "10", "11"), reportCount: count)])
    }

    func refusal(
        _ parameter: Poplar1AggregationParameter, step: Int, after history: WalkHistory, ageSeconds: UInt64 = 0
    ) -> WalkRefusal? {
        do {
            _ = try rules.admit(parameter, step: step, after: history, ageSeconds: ageSeconds)
            return nil
        } catch {
            return error
        }
    }

    func refusal(encoded: String, step: UInt16 = 0, after history: WalkHistory = WalkHistory()) -> WalkRefusal? {
        do {
            _ = try rules.admit(hex(encoded), step: step, after: history, ageSeconds: 0)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Rule 2

    @Test func decodesTheParameterExactly() {
        #expect(refusal(encoded: "0001 00000002 00 40") == nil)
        for (text, error) in [
            ("", VDAFError.truncated), ("0001 00000002 00", .truncated), ("0001 00000002 00 40 80", .trailingBytes),
            ("0001 00000001 20", .paddingNotZero), ("0010 00000001 000000", .levelOutOfRange),
            ("ffff ffffffff 00", .levelOutOfRange), ("0001 ffffffff 00", .truncated),
        ] {
            #expect(refusal(encoded: text) == .malformedParameter(error), "\(text)")
        }
        #expect(refusal(encoded: "0001 00000000") == .noCandidates)
    }

    @Test func wantsCandidatesSortedAndUnique() throws {
        let first = WalkHistory()
        #expect(refusal(try Self.parameter("00", "10", "01"), step: 0, after: first) == .candidatesUnsorted(index: 2))
        #expect(refusal(try Self.parameter("00", "00"), step: 0, after: first) == .candidatesUnsorted(index: 1))
        #expect(
            refusal(try Self.parameter("011", "000"), step: 1, after: try Self.oneStep())
                == .candidatesUnsorted(index: 1))
    }

    @Test func wantsALevelAboveTheLast() throws {
        let history = try Self.oneStep()
        #expect(refusal(try Self.parameter("00"), step: 1, after: history) == .levelNotIncreased(previous: 1))
        #expect(refusal(try Self.parameter("0"), step: 1, after: history) == .levelNotIncreased(previous: 1))
        #expect(refusal(try Self.parameter("001"), step: 1, after: history) == nil)
        #expect(refusal(try Self.parameter("0010101010101010"), step: 1, after: history) == nil)
        #expect(
            refusal(try Self.parameter("00101010101010101"), step: 1, after: history)
                == .malformedParameter(.levelOutOfRange))
    }

    @Test func wantsDescendantsOfThePreviousCandidates() throws {
        let history = WalkHistory(steps: [.init(parameter: try Self.parameter("01", "10"), reportCount: 100)])
        #expect(refusal(try Self.parameter("010", "011", "100", "101"), step: 1, after: history) == nil)
        #expect(refusal(try Self.parameter("0100", "1001"), step: 1, after: history) == nil)
        for (candidates, index) in [(["000", "010"], 0), (["010", "110"], 1), (["010", "011", "111"], 2)] {
            let parameter = try Poplar1AggregationParameter(
                level: 2, prefixes: candidates.map { Prefix(bits: $0.map { $0 == "1" }) })
            #expect(refusal(parameter, step: 1, after: history) == .notDescendant(index: index))
        }
    }

    /// Only the previous step's candidates count, not those of earlier ones.
    @Test func forgetsWhatWasPruned() throws {
        let history = WalkHistory(steps: [
            .init(parameter: try Self.parameter("0", "1"), reportCount: 100),
            .init(parameter: try Self.parameter("10", "11"), reportCount: 100),
        ])
        #expect(refusal(try Self.parameter("001"), step: 2, after: history) == .notDescendant(index: 0))
        #expect(refusal(try Self.parameter("101"), step: 2, after: history) == nil)
    }

    @Test func asksEachStepOnceAndInOrder() throws {
        var history = try Self.oneStep()
        let asked = history.steps[0].parameter
        #expect(try rules.admit(asked, step: 0, after: history, ageSeconds: 0) == .again(asked))
        #expect(refusal(try Self.parameter("00", "01"), step: 0, after: history) == .stepAskedDifferently(step: 0))
        #expect(refusal(try Self.parameter("001"), step: 2, after: history) == .stepOutOfOrder(expected: 1))
        #expect(refusal(try Self.parameter("001"), step: 1, after: WalkHistory()) == .stepOutOfOrder(expected: 0))

        let unfinished = try Self.oneStep(count: nil)
        #expect(refusal(try Self.parameter("001"), step: 1, after: unfinished) == .previousStepUnfinished)
        #expect(try rules.admit(asked, step: 0, after: unfinished, ageSeconds: 0) == .again(asked))

        history.end = .abandoned
        #expect(refusal(try Self.parameter("001"), step: 1, after: history) == .ended(.abandoned))
        #expect(try rules.admit(asked, step: 0, after: history, ageSeconds: .max) == .again(asked))
    }

    // MARK: Rule 4

    @Test func allowsNoMoreAncestorsThanCanHaveReachedTheThreshold() throws {
        let history = try Self.oneStep(count: 39)
        #expect(refusal(try Self.parameter("000", "001", "010", "011", "111"), step: 1, after: history) == nil)
        let four = try Self.parameter("000", "010", "100", "110")
        #expect(refusal(four, step: 1, after: history) == .tooManyAncestors(limit: 3))
        #expect(refusal(four, step: 1, after: try Self.oneStep(count: 40)) == nil)
        #expect(
            refusal(try Self.parameter("000"), step: 1, after: try Self.oneStep(count: 9))
                == .tooManyAncestors(limit: 0))
    }

    @Test func boundsTheFirstStep() throws {
        let first = WalkHistory()
        #expect(refusal(try Self.parameter("000", "001", "010", "011", "100", "101"), step: 0, after: first) == nil)
        #expect(
            refusal(try Self.parameter("000", "001", "010", "011", "100", "101", "110"), step: 0, after: first)
                == .tooManyFirstCandidates(limit: 6))
        #expect(refusal(try Self.parameter("0000"), step: 0, after: first) == .firstStepTooDeep(limit: 2))
    }

    // MARK: Rule 8

    @Test func boundsTheCandidates() throws {
        var history = try Self.oneStep(count: 1000)
        history.steps[0] = .init(parameter: try Self.parameter("0"), reportCount: 1000)
        let prefixes = (0..<9).map { Self.number($0, bits: 5) }
        let eight = try Poplar1AggregationParameter(level: 4, prefixes: Array(prefixes[..<8]))
        #expect(refusal(eight, step: 1, after: history) == nil)
        let nine = try Poplar1AggregationParameter(level: 4, prefixes: prefixes)
        #expect(refusal(nine, step: 1, after: history) == .tooManyCandidates(limit: 8))
    }

    @Test func keepsTheLastStepForTheLeaf() throws {
        let history = WalkHistory(steps: [
            .init(parameter: try Self.parameter("0"), reportCount: 100),
            .init(parameter: try Self.parameter("00"), reportCount: 100),
            .init(parameter: try Self.parameter("000"), reportCount: 100),
        ])
        let shorter = WalkHistory(steps: Array(history.steps[..<2]))
        #expect(refusal(try Self.parameter("000"), step: 2, after: shorter) == nil)
        #expect(refusal(try Self.parameter("0000"), step: 3, after: history) == .tooManySteps(limit: 4))
        #expect(refusal(try Self.parameter("0000000000000000"), step: 3, after: history) == nil)

        let longer = WalkHistory(
            steps: history.steps + [.init(parameter: try Self.parameter("0000"), reportCount: 100)])
        #expect(
            refusal(try Self.parameter("0000000000000000"), step: 4, after: longer) == .tooManySteps(limit: 4))
    }

    @Test func endsALongLifeWithOneLeafStep() throws {
        let history = try Self.oneStep()
        let (inner, leaf) = (try Self.parameter("001"), try Self.parameter("0010000000000000"))
        #expect(refusal(inner, step: 1, after: history, ageSeconds: 100) == nil)
        #expect(refusal(inner, step: 1, after: history, ageSeconds: 101) == .lifeExceeded(limitSeconds: 100))
        #expect(refusal(leaf, step: 1, after: history, ageSeconds: 200) == nil)
        #expect(refusal(leaf, step: 1, after: history, ageSeconds: 201) == .lifeExceeded(limitSeconds: 200))
    }

    /// A quadratic check would take hours for this.
    @Test(.timeLimit(.minutes(1))) func isLinearInTheCandidates() throws {
        let bounds = try WalkTaskExtension(
            minThreshold: 1, maxLateRejectionsPPM: 0, maxSteps: 9, maxCandidates: .max, firstStepMaxLevel: 31,
            firstStepMaxCandidates: .max, maxLife: TimeDuration(units: 1))
        let rules = WalkRules(bits: 32, minBatchSize: 1, timePrecision: TimePrecision(seconds: 1), bounds: bounds)
        func level(_ bits: Int) throws -> Poplar1AggregationParameter {
            try Poplar1AggregationParameter(
                level: bits - 1, prefixes: (0..<1 << bits).map { Self.number($0, bits: bits) })
        }
        let history = WalkHistory(steps: [.init(parameter: try level(17), reportCount: .max)])
        let next = try level(18)
        #expect(try rules.admit(next, step: 1, after: history, ageSeconds: 0) == .new(next))
    }
}
