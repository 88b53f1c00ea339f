import PopulusDAP
import PopulusVDAF
import PopulusWireCodec
import Testing

/// What bounds a step's outcome and its messages.
@Suite struct WalkOutcomeTests {
    private func rules(ppm: UInt32, minBatchSize: UInt64 = 20) throws -> WalkRules {
        let bounds = try WalkTaskExtension(
            minThreshold: 10, maxLateRejectionsPPM: ppm, maxSteps: 4, maxCandidates: 8, firstStepMaxLevel: 2,
            firstStepMaxCandidates: 6, maxLife: TimeDuration(units: 10))
        return WalkRules(
            bits: 16, minBatchSize: minBatchSize, timePrecision: TimePrecision(seconds: 10), bounds: bounds)
    }

    private func refusal(_ rules: WalkRules, reports: UInt64, of initial: UInt64) -> WalkRefusal? {
        do {
            try rules.checkOutcome(reportCount: reports, initialCount: initial)
            return nil
        } catch {
            return error
        }
    }

    @Test func boundsLateRejectionsByAShareRoundedDown() throws {
        #expect(try rules(ppm: 10_000).lateRejectionLimit(initialCount: 199) == 1)
        #expect(try rules(ppm: 10_000).lateRejectionLimit(initialCount: 200) == 2)
        #expect(try rules(ppm: 10_000).lateRejectionLimit(initialCount: 99) == 0)
        #expect(try rules(ppm: 0).lateRejectionLimit(initialCount: .max) == 0)
        #expect(try rules(ppm: 1_000_000).lateRejectionLimit(initialCount: .max) == .max)
        #expect(try rules(ppm: 999_999).lateRejectionLimit(initialCount: .max) == 18_446_725_626_965_477_905)
    }

    @Test func releasesNothingBeyondTheBounds() throws {
        let rules = try rules(ppm: 10_000)
        #expect(try rules.checkOutcome(reportCount: 200, initialCount: 200) == 0)
        #expect(try rules.checkOutcome(reportCount: 198, initialCount: 200) == 2)
        #expect(refusal(rules, reports: 197, of: 200) == .lateRejectionsExceeded(limit: 2))
        #expect(refusal(rules, reports: 20, of: 20) == nil)
        #expect(refusal(rules, reports: 19, of: 19) == .batchTooSmall(minimum: 20))
        #expect(refusal(rules, reports: 201, of: 200) == .headerMismatch(.liveCount))
        #expect(try refusal(self.rules(ppm: 1_000_000), reports: 19, of: 200) == .batchTooSmall(minimum: 20))
    }

    @Test func readsItsRulesFromTheTask() throws {
        let rules = try #require(try WalkRules(task: try Sample.task(bits: 64)))
        #expect(rules.bits == 64)
        #expect(rules.leafLevel == 63)
        #expect(rules.minBatchSize == 10)
        #expect(rules.maxLifeSeconds == 86_400 * 60)
        #expect(rules.bounds == Sample.bounds)
        #expect(try WalkRules(task: try Sample.task(extensions: [])) == nil)
        let broken = try Sample.task(extensions: [TaskExtension(type: 0xFD57, data: [1])])
        #expect(throws: WalkExtensionError.malformed(.truncated)) { try WalkRules(task: broken) }
    }

    @Test func everyRefusalHasARuleATypeAndASentence() {
        let refusals: [(WalkRefusal, Int, ProblemType, WalkEnd?)] = [
            (.malformedParameter(.truncated), 2, .invalidAggregationParameter, nil),
            (.noCandidates, 2, .invalidAggregationParameter, nil),
            (.candidatesUnsorted(index: 1), 2, .invalidAggregationParameter, nil),
            (.levelNotIncreased(previous: 1), 2, .invalidAggregationParameter, nil),
            (.notDescendant(index: 1), 2, .invalidAggregationParameter, nil),
            (.stepAskedDifferently(step: 1), 2, .invalidAggregationParameter, nil),
            (.stepOutOfOrder(expected: 1), 2, .stepMismatch, nil),
            (.previousStepUnfinished, 2, .stepMismatch, nil),
            (.headerMismatch(.transcript), 2, .stepMismatch, nil),
            (.lateRejectionsExceeded(limit: 1), 3, .lateRejectionsExceeded, .lateRejections),
            (.tooManyAncestors(limit: 1), 4, .thresholdBelowMinimum, nil),
            (.tooManyBits(limit: 1), 4, .bitsPerStepExceeded, nil),
            (.firstStepTooDeep(limit: 1), 4, .firstStepBoundExceeded, nil),
            (.tooManyFirstCandidates(limit: 1), 4, .firstStepBoundExceeded, nil),
            (.batchTooSmall(minimum: 1), 5, .invalidBatchSize, .batchTooSmall),
            (.tooManyCandidates(limit: 1), 8, .walkBoundExceeded, nil),
            (.tooManySteps(limit: 1), 8, .walkBoundExceeded, nil),
            (.lifeExceeded(limitSeconds: 1), 8, .walkBoundExceeded, nil),
            (.ended(.expired), 8, .walkEnded, .expired),
        ]
        for (refusal, rule, type, end) in refusals {
            #expect(refusal.rule == rule)
            #expect(refusal.problemType == type)
            #expect(refusal.end == end)
            #expect(refusal.description.hasSuffix("."))
        }
    }

    @Test func comparesEveryFieldOfAHeader() throws {
        let expected = try Sample.header(.evaluate)
        try expected.check(against: expected)
        let other = expected.transcript.committing(verdicts: [])
        func header(
            walkID: WalkID? = nil, step: UInt16 = 3, phase: WalkPhase = .evaluate, liveCount: UInt32 = 9,
            transcript: WalkTranscript? = nil
        ) -> WalkStepHeader {
            WalkStepHeader(
                walkID: walkID ?? expected.walkID, step: step, phase: phase, liveCount: liveCount,
                transcript: transcript ?? expected.transcript)
        }
        let wrong: [(WalkStepHeader, WalkHeaderField)] = [
            (header(walkID: Sample.id(1)), .walkID), (header(step: 4), .step), (header(phase: .verdict), .phase),
            (header(liveCount: 8), .liveCount), (header(transcript: other), .transcript),
        ]
        for (header, field) in wrong {
            #expect(throws: WalkRefusal.headerMismatch(field)) { try header.check(against: expected) }
        }
    }

    @Test func packedMessagesHaveExactLengths() throws {
        let inner = WalkPacking(level: 14, bits: 16, liveCount: 9)
        let leaf = WalkPacking(level: 15, bits: 16, liveCount: 9)
        #expect((inner.leaderVerifierSharesLength, inner.messagesLength, inner.verdictsLength) == (216, 288, 2))
        #expect((leaf.leaderVerifierSharesLength, leaf.messagesLength, leaf.verdictsLength) == (864, 1152, 2))
        try inner.check(leaderVerifierShares: [UInt8](repeating: 0, count: 216))
        try inner.check(messages: [UInt8](repeating: 0, count: 288))
        #expect(throws: WireError.truncated) {
            try inner.check(leaderVerifierShares: [UInt8](repeating: 0, count: 215))
        }
        #expect(throws: WireError.trailing) { try inner.check(messages: [UInt8](repeating: 0, count: 289)) }
        try inner.check(verdicts: [0xFF, 0x01])
        #expect(throws: WireError.badValue("verdicts: padding")) { try inner.check(verdicts: [0, 0x02]) }
        #expect(throws: WireError.badValue("verdicts: padding")) { try inner.check(verdicts: [0, 0x80]) }
        #expect(throws: WireError.truncated) { try inner.check(verdicts: [0]) }
        #expect(throws: WireError.trailing) { try inner.check(verdicts: [0, 0, 0]) }
        try WalkPacking(level: 0, bits: 16, liveCount: 8).check(verdicts: [0xFF])
        try WalkPacking(level: 0, bits: 16, liveCount: 0).check(verdicts: [])
        #expect(WalkPacking(level: 15, bits: 16, liveCount: .max).messagesLength == 4 * 32 * 0xFFFF_FFFF)
    }
}
