import PopulusVDAF
import PrefixWalk
import Testing

/// What comes from outside is refused, and steps keep their order.
@Suite struct ShardStepTests {
    struct Pair {
        let fixture: WalkFixture
        let leader: ShardEvaluator
        let helper: ShardEvaluator
        var all: ReportBitmap { ReportBitmap(count: fixture.reports.count, filled: true) }

        init(_ directory: String, bits: Int = 8, reports: Int = 12) throws {
            fixture = try WalkFixture(bits: bits, reports: reports, seed: 11)
            leader = try Self.evaluator(fixture, 0, directory)
            helper = try Self.evaluator(fixture, 1, directory)
        }

        static func evaluator(_ fixture: WalkFixture, _ aggregator: Int, _ directory: String) throws -> ShardEvaluator {
            try ShardEvaluator(
                segment: fixture.segment(aggregatorID: aggregator, in: directory), verifyKey: fixture.verifyKey,
                ctx: fixture.ctx, aggregatorID: aggregator)
        }

        /// A parameter of bit strings, unchecked.
        func parameter(_ prefixes: String...) throws -> Poplar1AggregationParameter {
            let prefixes = prefixes.map { Prefix(bits: $0.map { $0 == "1" }) }
            return try Poplar1AggregationParameter(level: (prefixes.first?.bitCount ?? 1) - 1, prefixes: prefixes)
        }
    }

    /// A plan is shared by the shards of a walk, and is good after one step only.
    @Test func aPlanIsGoodAfterOneStep() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            let (first, other) = (try pair.parameter("01", "10"), try pair.parameter("00", "10"))
            let next = try pair.parameter("010", "011")
            let shares = try pair.leader.evaluate(next, history: [first], live: pair.all).verifierShares
            #expect(throws: PrefixWalkError.invalidParameter) {
                try pair.leader.evaluate(next, history: [other], live: pair.all)
            }
            #expect(throws: PrefixWalkError.invalidParameter) {
                try pair.leader.evaluate(next, history: [next], live: pair.all)
            }
            // From the root, then from the state of the step before.
            _ = try pair.leader.evaluate(first, history: [], live: pair.all).finish(accepted: pair.all)
            for _ in 0..<2 {
                #expect(try pair.leader.evaluate(next, history: [first], live: pair.all).verifierShares == shares)
            }
        }
    }

    @Test func refusesInvalidParameters() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            let first = try pair.parameter("01", "10")
            let refused: [(Poplar1AggregationParameter, [Poplar1AggregationParameter])] = [
                (try Poplar1AggregationParameter(level: 2, prefixes: []), []),
                (try pair.parameter("10", "01"), []),
                (try pair.parameter("10", "10"), []),
                (try pair.parameter("000000001"), []),
                (try pair.parameter("11"), [first]),
                (try pair.parameter("1"), [first]),
                (try pair.parameter("010", "111"), [first]),
                (try pair.parameter("000"), [first]),
            ]
            for carried in [false, true] {
                if carried {
                    _ = try pair.leader.evaluate(first, history: [], live: pair.all).finish(accepted: pair.all)
                }
                for (parameter, history) in refused {
                    #expect(throws: PrefixWalkError.invalidParameter) {
                        try pair.leader.evaluate(parameter, history: history, live: pair.all)
                    }
                }
            }
            #expect(throws: PrefixWalkError.bitmapMismatch) {
                try pair.leader.evaluate(first, history: [], live: ReportBitmap(count: 13, filled: true))
            }
            _ = try pair.leader.evaluate(pair.parameter("010"), history: [first], live: pair.all)
        }
    }

    @Test func refusesThePeersMistakes() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            for parameter in [try pair.parameter("01", "10"), try pair.parameter("01010101", "10101010")] {
                let leader = try pair.leader.evaluate(parameter, history: [], live: pair.all)
                let helper = try pair.helper.evaluate(parameter, history: [], live: pair.all)
                let shares = leader.verifierShares
                let foreign = ReportBitmap(count: 13, filled: true)
                #expect(throws: PrefixWalkError.messageLength) {
                    try helper.respond(toLeaderShares: Array(shares.dropLast()), respondents: pair.all)
                }
                #expect(throws: PrefixWalkError.messageLength) {
                    try helper.respond(toLeaderShares: [], respondents: pair.all)
                }
                #expect(throws: PrefixWalkError.bitmapMismatch) {
                    try helper.respond(toLeaderShares: shares, respondents: foreign)
                }
                var nonCanonical = shares
                for index in 0..<leader.sizes.element { nonCanonical[leader.sizes.element + index] = 0xff }
                #expect(throws: PrefixWalkError.nonCanonicalElement) {
                    try helper.respond(toLeaderShares: nonCanonical, respondents: pair.all)
                }
                let response = try helper.respond(toLeaderShares: shares, respondents: pair.all)
                #expect(throws: PrefixWalkError.messageLength) {
                    try leader.verdicts(onHelperResponse: response + [0], respondents: pair.all)
                }
                #expect(throws: PrefixWalkError.bitmapMismatch) {
                    try leader.verdicts(onHelperResponse: response, respondents: foreign)
                }
                var broken = response
                for index in 0..<leader.sizes.element { broken[index] = 0xff }
                #expect(throws: PrefixWalkError.nonCanonicalElement) {
                    try leader.verdicts(onHelperResponse: broken, respondents: pair.all)
                }
                // A canonical but wrong message rejects the report and no other.
                var wrong = response
                wrong[3 * leader.sizes.element] ^= 1
                let verdicts = try leader.verdicts(onHelperResponse: response, respondents: pair.all)
                let changed = try leader.verdicts(onHelperResponse: wrong, respondents: pair.all)
                #expect(verdicts[0] && verdicts.subtracting(changed).positions == [0])
                #expect(throws: PrefixWalkError.bitmapMismatch) { try leader.finish(accepted: foreign) }
                _ = try leader.finish(accepted: verdicts)
                #expect(throws: PrefixWalkError.stepOutOfOrder) { try leader.finish(accepted: verdicts) }
            }
        }
    }

    /// Respondents may be fewer than the live reports, and what is accepted any subset: few, most or none.
    @Test func sumsOverAnySubset() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            let parameter = try pair.parameter("000", "010", "011", "110", "111")
            for accepted in [[], [3], [0, 2, 4, 6, 8, 10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]] {
                var bitmap = ReportBitmap(count: 12)
                for position in accepted { bitmap[position] = true }
                let leader = try pair.leader.evaluate(parameter, history: [], live: pair.all)
                let helper = try pair.helper.evaluate(parameter, history: [], live: pair.all)
                let shares = try leader.verifierShares(of: bitmap)
                #expect(shares.count == 24 * accepted.count)
                let response = try helper.respond(toLeaderShares: shares, respondents: bitmap)
                let verdicts = try leader.verdicts(onHelperResponse: response, respondents: bitmap)
                #expect(verdicts.isSubset(of: bitmap))
                for position in accepted where position % 2 == 0 { #expect(verdicts[position]) }
                var sum = pair.fixture.poplar.aggregateInit(parameter)
                for position in accepted {
                    try pair.fixture.poplar.aggregateUpdate(
                        &sum, outputShare: pair.fixture.oracle(position, parameter).outputShares[0])
                }
                let outcome = try leader.finish(accepted: bitmap)
                #expect(outcome.aggregateShare == sum.encode() && outcome.reportCount == accepted.count)
            }
        }
    }

    /// A step that is abandoned, or asked again, leaves the state of the last finished one.
    @Test func keepsStateUntilFinish() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            let first = try pair.parameter("0", "1")
            let second = try pair.parameter("00", "10")
            _ = try pair.leader.evaluate(first, history: [], live: pair.all).finish(accepted: pair.all)
            let once = try pair.leader.evaluate(second, history: [first], live: pair.all)
            #expect(pair.leader.carriedLevel == -1)
            let again = try pair.leader.evaluate(second, history: [first], live: pair.all)
            #expect(once.verifierShares == again.verifierShares)
            #expect(
                try once.finish(accepted: pair.all).aggregateShare == again.finish(accepted: pair.all).aggregateShare)
            #expect(pair.leader.carriedLevel == 0)
            // A live report that the carried state lacks: rebuilt from the root, with the same bytes.
            let third = try pair.parameter("000", "001")
            var fewer = pair.all
            fewer[4] = false
            _ = try pair.leader.evaluate(second, history: [first], live: fewer).finish(accepted: fewer)
            let rebuilt = try pair.leader.evaluate(third, history: [first, second], live: pair.all)
            pair.leader.dropCarriedState()
            let fresh = try pair.leader.evaluate(third, history: [first, second], live: pair.all)
            #expect(rebuilt.verifierShares == fresh.verifierShares)
        }
    }

    @Test func walksWithoutReports() throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory, reports: 0)
            let step = try pair.helper.evaluate(pair.parameter("01"), history: [], live: pair.all)
            #expect(step.verifierShares == [])
            #expect(try step.respond(toLeaderShares: [], respondents: pair.all) == [])
            #expect(try step.finish(accepted: pair.all).aggregateShare == [UInt8](repeating: 0, count: 8))
        }
    }

    /// State in memory is counted, and given back; later steps share the sponges of an earlier one.
    @Test func countsItsMemory() throws {
        try withTemporaryDirectory { directory in
            let budget = StateBudget(limitBytes: 1 << 20)
            do {
                let pair = try Pair(directory)
                let leader = try ShardEvaluator(
                    segment: pair.leader.segment, verifyKey: pair.fixture.verifyKey, ctx: pair.fixture.ctx,
                    aggregatorID: 0, account: WalkAccount(budget))
                let first = try pair.parameter("00", "10")
                _ = try leader.evaluate(first, history: [], live: pair.all).finish(accepted: pair.all)
                // The root takes no room.
                #expect(budget.usedBytes == 12 * 208)
                let second = try pair.parameter("000", "001", "100")
                _ = try leader.evaluate(second, history: [first], live: pair.all).finish(accepted: pair.all)
                #expect(budget.usedBytes == 12 * (2 * 17 + 208))
                let third = try pair.parameter("0000", "0010", "0011", "1000")
                let step = try leader.evaluate(third, history: [first, second], live: pair.all)
                #expect(budget.usedBytes == 12 * (2 * 17 + 3 * 17 + 208))
                _ = try step.finish(accepted: pair.all)
                #expect(budget.usedBytes == 12 * (3 * 17 + 208))
                leader.dropCarriedState()
                #expect(budget.usedBytes == 0)
                _ = try leader.evaluate(third, history: [first, second], live: pair.all).finish(accepted: pair.all)
                #expect(budget.usedBytes == 12 * (3 * 17 + 208))
            }
            #expect(budget.usedBytes == 0 && budget.pooledBytes == 0)
        }
    }

    /// State that does not fit is dropped whole, be it the nodes or only the sponges that find no room.
    @Test(arguments: [12 * 34 - 1, 12 * 34, 12 * (34 + 208) - 1, 12 * (34 + 208)]) func dropsWhatDoesNotFit(
        limit: Int
    ) throws {
        try withTemporaryDirectory { directory in
            let pair = try Pair(directory)
            let budget = StateBudget(limitBytes: limit)
            let leader = try ShardEvaluator(
                segment: pair.leader.segment, verifyKey: pair.fixture.verifyKey, ctx: pair.fixture.ctx,
                aggregatorID: 0, account: WalkAccount(budget))
            let (first, second) = (try pair.parameter("00", "10"), try pair.parameter("000", "001", "100"))
            _ = try leader.evaluate(second, history: [first], live: pair.all).finish(accepted: pair.all)
            let fits = limit == 12 * (34 + 208)
            #expect(leader.carriedLevel == (fits ? 1 : nil) && budget.usedBytes == (fits ? limit : 0))
        }
    }

    /// Buffers of one step serve the next, within a bound, and are gone with the last evaluator.
    @Test func usesBuffersAgain() throws {
        try withTemporaryDirectory { directory in
            let budget = StateBudget(limitBytes: 32 << 20)
            do {
                let pair = try Pair(directory, reports: 300)
                let leader = try ShardEvaluator(
                    segment: pair.leader.segment, verifyKey: pair.fixture.verifyKey, ctx: pair.fixture.ctx,
                    aggregatorID: 0, account: WalkAccount(budget))
                var history: [Poplar1AggregationParameter] = []
                var kept: [Int] = []
                for level in 1..<7 {
                    let parameter = try Poplar1AggregationParameter(
                        level: level,
                        prefixes: (0..<4).map { index in
                            Prefix(bits: (0...level).map { $0 < 2 && index >> (1 - $0) & 1 == 1 })
                        })
                    _ = try leader.evaluate(parameter, history: history, live: pair.all).finish(accepted: pair.all)
                    history.append(parameter)
                    kept.append(budget.pooledBytes)
                }
                #expect(kept.allSatisfy { $0 > 0 && $0 <= 8 << 20 })
                // The first step leaves no nodes, and the second one has none to give back: from the third on nothing is
                // allocated that is not there yet.
                #expect(Set(kept.dropFirst(2)).count == 1, "\(kept)")
            }
            #expect(budget.usedBytes == 0 && budget.pooledBytes == 0)
        }
    }
}
