import PopulusKernels
import PopulusVDAF
import PrefixWalk
import Testing

/// Which level's nodes stay after a step; no byte of a later step depends on it.
@Suite struct KeptLevelTests {
    /// More reports than any budget has room for.
    static let many = UInt64.max

    /// A walk of two bits a step over both aggregators, and whatever a test does in between.
    struct Walk {
        let fixture: WalkFixture
        let budget = StateBudget(limitBytes: 64 << 20)
        var comparison: WalkComparison
        var random = SplitMix(seed: 19)

        init(_ directory: String, bits: Int = 25, reports: Int = 35) throws {
            let (fixture, budget) = (try WalkFixture(bits: bits, reports: reports, seed: 23), budget)
            self.fixture = fixture
            comparison = WalkComparison(
                fixture,
                evaluators: try (0..<2).map { aggregator in
                    try ShardEvaluator(
                        segment: fixture.segment(aggregatorID: aggregator, in: directory),
                        verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: aggregator,
                        account: WalkAccount(budget))
                })
        }

        mutating func next(level: Int) throws -> Poplar1AggregationParameter {
            try fixture.candidates(level: level, after: comparison.history.last, most: 30, using: &random)
        }

        /// Whether both aggregators carry what they should after the last step.
        func carries(_ walkReports: UInt64?) -> Bool {
            guard let parameter = comparison.history.last else { return false }
            let last = comparison.history.dropLast().last
            let level = KeptLevelTests.expected(parameter, after: last, isLittleRoom: walkReports == many)
            return comparison.evaluators.allSatisfy { $0.carriedLevel == level }
        }
    }

    /// The rule in other words: the level above, unless that of the question before takes fewer bytes and there is little
    /// room, or the root is near then; the root after a short first step.
    static func expected(
        _ parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, isLittleRoom: Bool
    ) -> Int {
        func bytes(_ level: Int) -> Int {
            WalkNodeRows.stride(nodes: Set(parameter.prefixes.map { $0.ancestor(level: level) }).count)
        }
        guard let last else { return parameter.level < 8 || isLittleRoom ? -1 : parameter.level - 1 }
        if isLittleRoom, parameter.level < 12 { return -1 }
        return isLittleRoom && bytes(last.level) < bytes(parameter.level - 1) ? last.level : parameter.level - 1
    }

    /// Much room, little room, and more and less of it from step to step, with tampered reports: those that are rejected are
    /// computed again from the base.
    @Test(arguments: 0..<4) func everyByteIsAsSpecified(how: Int) throws {
        try withTemporaryDirectory { directory in
            var walk = try Walk(directory)
            var rejected = 0
            for (index, level) in (Array(stride(from: 3, to: 23, by: 2)) + [23]).enumerated() {
                let isLittle = [false, true, index % 2 == 0, index % 3 == 0][how]
                let walkReports = isLittle ? Self.many : UInt64(walk.fixture.reports.count)
                let before = walk.comparison.live.population
                try walk.comparison.step(walk.next(level: level), walkReports: walkReports)
                if index > 1 { rejected += before - walk.comparison.live.population }
                let carries = walk.carries(walkReports)
                #expect(carries, "level \(level)")
            }
            #expect(rejected > 0)
            try walk.comparison.step(walk.next(level: 24))
            #expect(walk.comparison.evaluators.allSatisfy { $0.carriedLevel == nil } && walk.budget.usedBytes == 0)
        }
    }

    /// A step that is abandoned begins at the old base when it is asked again, and after a restart at the root.
    @Test(arguments: [nil, many], [false, true]) func beginsAtTheOldBaseOrTheRoot(
        walkReports: UInt64?, isRestarted: Bool
    ) throws {
        try withTemporaryDirectory { directory in
            var walk = try Walk(directory)
            for (index, level) in [3, 6, 8, 11, 13, 16, 24].enumerated() {
                let parameter = try walk.next(level: level)
                let (history, live) = (walk.comparison.history, walk.comparison.live)
                let shard = walk.comparison.evaluators[1]
                let carried = shard.carriedLevel
                let abandoned = try shard.evaluate(parameter, history: history, live: live, walkReports: walkReports)
                #expect(throws: PrefixWalkError.messageLength) {
                    try abandoned.respond(toLeaderShares: [1], respondents: live)
                }
                #expect(!abandoned.isAnew && shard.carriedLevel == carried)
                if isRestarted {
                    walk.comparison.evaluators.forEach { $0.dropCarriedState() }
                    let again = try shard.evaluate(parameter, history: history, live: live, walkReports: walkReports)
                    #expect(again.isAnew == (index > 0) && again.verifierShares == abandoned.verifierShares)
                }
                try walk.comparison.step(parameter, walkReports: walkReports)
                let carries = walk.carries(walkReports)
                #expect(carries == (level < 24))
            }
        }
    }

    /// A step that passes many levels along single paths leaves the level above its candidates, whatever the room.
    @Test(arguments: [nil, many]) func aJumpLeavesTheLevelAbove(walkReports: UInt64?) throws {
        try withTemporaryDirectory { directory in
            var walk = try Walk(directory)
            try walk.comparison.step(walk.next(level: 5), walkReports: walkReports)
            let jumped = try #require(walk.comparison.history.last).prefixes.map { $0.padded(to: 21) }
            try walk.comparison.step(Poplar1AggregationParameter(level: 20, prefixes: jumped), walkReports: walkReports)
            #expect(walk.comparison.evaluators.allSatisfy { $0.carriedLevel == 19 })
            try walk.comparison.step(walk.next(level: 22), walkReports: walkReports)
            let carries = walk.carries(walkReports)
            #expect(carries)
        }
    }

    /// A short first step leaves the root, which takes no room; a longer one as any step.
    @Test(arguments: [nil, many], [0, 1, 7, 8, 12]) func theFirstStep(walkReports: UInt64?, level: Int) throws {
        try withTemporaryDirectory { directory in
            var walk = try Walk(directory)
            try walk.comparison.step(walk.next(level: level), walkReports: walkReports)
            let carries = walk.carries(walkReports)
            #expect(carries)
            let sponges = 2 * walk.comparison.live.count * 208
            if level < 8 || walkReports != nil { #expect(walk.budget.usedBytes == sponges) }
            if level >= 8, walkReports == nil { #expect(walk.budget.usedBytes > sponges) }
            let next = try walk.next(level: level + 2)
            let shard = walk.comparison.evaluators[0]
            let step = try shard.evaluate(next, history: walk.comparison.history, live: walk.comparison.live)
            #expect(!step.isAnew)
            try walk.comparison.step(next, walkReports: walkReports)
            let carriesNext = walk.carries(walkReports)
            #expect(carriesNext)
        }
    }

    /// The switch lies where the state of all reports of the walk, nodes and sponges, takes half of the budget, or 512 MiB.
    @Test func halfOfTheBudgetDecides() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 16, reports: 3, seed: 29)
            let segment = try fixture.segment(aggregatorID: 0, in: directory)
            // Four nodes above sixteen, after two: 68 and 34 bytes.
            func level(_ level: Int, _ count: Int) throws -> Poplar1AggregationParameter {
                try Poplar1AggregationParameter(
                    level: level,
                    prefixes: (0..<count).map { index in
                        Prefix(bits: (0...level).map { $0 < 8 ? false : index >> (level - $0) & 1 == 1 })
                    })
            }
            let (last, next) = (try level(8, 2), try level(10, 8))
            let reports = UInt64(100_000)
            let each = 4 * 17 + 208
            let whole = Int(reports) * each
            let most = UInt64((512 << 20) / each)
            for (limit, reports, expected) in [
                (2 * whole, reports, 9), (2 * whole - 2, reports, 8), (1 << 40, most, 9), (1 << 40, most + 1, 8),
            ] {
                let shard = try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0,
                    account: WalkAccount(StateBudget(limitBytes: limit)))
                let all = ReportBitmap(count: 3, filled: true)
                _ = try shard.evaluate(next, history: [last], live: all, walkReports: reports).finish(accepted: all)
                #expect(shard.carriedLevel == expected)
            }
        }
    }

    /// What is carried lies above the last candidates: neither it nor a plan that another shard made for the same parameter
    /// from the same base lets a candidate in that does not descend from them.
    @Test func aPlanOfAnotherHistoryIsNoLeave() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 8, reports: 5, seed: 31)
            let account = WalkAccount(StateBudget(limitBytes: 1 << 20))
            let segment = try fixture.segment(aggregatorID: 0, in: directory)
            let all = ReportBitmap(count: 5, filled: true)
            func parameter(_ prefixes: String...) throws -> Poplar1AggregationParameter {
                try Poplar1AggregationParameter(
                    level: (prefixes.first?.count ?? 1) - 1,
                    prefixes: prefixes.map { Prefix(bits: $0.map { $0 == "1" }) })
            }
            func shard(_ history: [Poplar1AggregationParameter]) throws -> ShardEvaluator {
                let shard = try ShardEvaluator(
                    segment: segment, verifyKey: fixture.verifyKey, ctx: fixture.ctx, aggregatorID: 0, account: account)
                for (index, parameter) in history.enumerated() {
                    let step = try shard.evaluate(parameter, history: Array(history[..<index]), live: all)
                    _ = try step.finish(accepted: all)
                }
                #expect(shard.carriedLevel == 0)
                return shard
            }
            let first = try parameter("0", "1")
            let (wide, narrow) = ([first, try parameter("00", "01")], [first, try parameter("00")])
            let (one, other) = (try shard(wide), try shard(narrow))
            let next = try parameter("000", "010")
            _ = try one.evaluate(next, history: wide, live: all)
            for shard in [one, other] {
                #expect(throws: PrefixWalkError.invalidParameter) {
                    try shard.evaluate(next, history: narrow, live: all)
                }
            }
            _ = try other.evaluate(parameter("000", "001"), history: narrow, live: all)
        }
    }
}
