import PopulusVDAF
import PrefixWalk
import Testing

/// What the specification says of one report at one step.
struct OracleResult {
    var verifierShares: [[UInt8]] = []
    var message: [UInt8] = []
    var secondShares: [[UInt8]] = []
    var accepted = false
    var outputShares: [FieldVec] = []
}

extension WalkFixture {
    /// Runs the specification's own functions on one report.
    func oracle(_ index: Int, _ parameter: Poplar1AggregationParameter) throws -> OracleResult {
        let report = reports[index]
        var result = OracleResult()
        var states: [Poplar1VerifyState] = []
        var shares: [FieldVec] = []
        for aggregator in 0..<2 {
            let (state, share) = try poplar.verifyInit(
                verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregator, aggregationParameter: parameter,
                nonce: report.nonce, publicShare: report.publicShare, inputShare: report.inputShares[aggregator])
            states.append(state)
            shares.append(share)
            result.verifierShares.append(share.encode())
            result.outputShares.append(state.outputShare)
        }
        let message = try poplar.verifierSharesToMessage(aggregationParameter: parameter, verifierShares: shares)
        result.message = poplar.encodeVerifierMessage(message)
        var second: [FieldVec] = []
        for state in states {
            guard case .next(_, let share) = try poplar.verifyNext(state: state, verifierMessage: message) else {
                continue
            }
            second.append(share)
            result.secondShares.append(share.encode())
        }
        do throws(VDAFError) {
            let verdict = try poplar.verifierSharesToMessage(aggregationParameter: parameter, verifierShares: second)
            result.accepted = verdict == nil
        } catch { result.accepted = false }
        return result
    }
}

/// Walks both aggregators through steps and compares every byte with the oracle.
struct WalkComparison {
    let fixture: WalkFixture
    let evaluators: [ShardEvaluator]
    var live: ReportBitmap
    var history: [Poplar1AggregationParameter] = []

    init(_ fixture: WalkFixture, evaluators: [ShardEvaluator]) {
        self.fixture = fixture
        self.evaluators = evaluators
        live = ReportBitmap(count: fixture.reports.count, filled: true)
    }

    /// - Parameter walkReports: as `ShardEvaluator` takes it.
    mutating func step(_ parameter: Poplar1AggregationParameter, walkReports: UInt64? = nil) throws {
        let steps = try evaluators.map {
            try $0.evaluate(parameter, history: history, live: live, walkReports: walkReports)
        }
        let results = try live.positions.map { try fixture.oracle($0, parameter) }
        for aggregator in 0..<2 {
            #expect(steps[aggregator].verifierShares == results.flatMap { $0.verifierShares[aggregator] })
        }
        let response = try steps[1].respond(toLeaderShares: steps[0].verifierShares, respondents: live)
        #expect(response == results.flatMap { $0.message + $0.secondShares[1] })
        let accepted = try steps[0].verdicts(onHelperResponse: response, respondents: live)
        var expected = ReportBitmap(count: live.count)
        for (rank, position) in live.positions.enumerated() { expected[position] = results[rank].accepted }
        #expect(accepted == expected)

        var shares: [FieldVec] = []
        for aggregator in 0..<2 {
            var sum = fixture.poplar.aggregateInit(parameter)
            for (rank, position) in live.positions.enumerated() where accepted[position] {
                try fixture.poplar.aggregateUpdate(&sum, outputShare: results[rank].outputShares[aggregator])
            }
            let outcome = try steps[aggregator].finish(accepted: accepted)
            #expect(outcome.aggregateShare == sum.encode())
            #expect(outcome.reportCount == accepted.population)
            shares.append(sum)
        }
        try checkCounts(parameter, shares, accepted)
        live = accepted
        history.append(parameter)
    }

    /// Accepted reports count once, under the candidate that is their prefix; honest ones are accepted.
    private func checkCounts(
        _ parameter: Poplar1AggregationParameter, _ shares: [FieldVec], _ accepted: ReportBitmap
    ) throws {
        let counts = try fixture.poplar.unshard(
            parameter, aggregateShares: shares, reportCount: accepted.population)
        for (position, report) in fixture.reports.enumerated() where report.tampering == .none {
            #expect(accepted[position])
        }
        #expect(counts.reduce(0, +) <= accepted.population)
    }
}
