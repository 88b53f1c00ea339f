import PopulusVDAF

/// Runs the operations of a known answer and compares every message, byte for byte.
///
/// Operations run on the file's messages, not on those computed before; only the verification state goes from one to the
/// next.
struct KnownAnswerRun<V: Vdaf> {
    let answer: KnownAnswer
    let vdaf: V
    let measurement: (Value) -> V.Measurement?
    let result: (V.AggregateResult) -> Value
    /// The verification state by report and aggregator.
    private var states: [[Int]: V.VerifyState] = [:]

    init(
        _ answer: KnownAnswer, _ vdaf: V, measurement: @escaping (Value) -> V.Measurement?,
        result: @escaping (V.AggregateResult) -> Value
    ) {
        self.answer = answer
        self.vdaf = vdaf
        self.measurement = measurement
        self.result = result
    }

    mutating func check() throws {
        try expect(
            answer.shares == vdaf.shares && !answer.operations.isEmpty, "the file has other shares, or no operations")
        let parameter = try vdaf.decodeAggregationParameter(answer.agg_param.bytes)
        try expect(vdaf.encodeAggregationParameter(parameter), answer.agg_param, "the aggregation parameter")
        try expect(vdaf.isValid(aggregationParameter: parameter, previous: []), "the aggregation parameter is invalid")
        for (index, operation) in answer.operations.enumerated() {
            let name = "operation \(index), \(operation.operation)"
            do {
                try run(operation, parameter)
            } catch let error as VDAFError {
                guard operation.success else { continue }
                throw Failure("\(name): \(error)")
            } catch let failure as Failure {
                throw Failure("\(name): \(failure.reason)")
            }
            try expect(operation.success, "\(name) succeeds and should not")
        }
    }

    private mutating func run(_ operation: KnownAnswer.Operation, _ parameter: V.AggregationParameter) throws {
        let report = answer.reports[operation.report_index ?? 0]
        let key = [operation.report_index ?? 0, operation.aggregator_id ?? 0]
        switch operation.operation {
        case "shard": try shard(report)
        case "verify_init": states[key] = try verifyInit(report, key[1], parameter)
        case "verifier_shares_to_message":
            try verifierSharesToMessage(report, key[0], round: operation.round ?? 0, parameter)
        case "verify_next": try verifyNext(report, key, round: operation.round ?? 0)
        case "aggregate":
            var sum = vdaf.aggregateInit(parameter)
            for report in answer.reports {
                let share = try vdaf.decodeOutputShare(report.out_shares[key[1]].bytes, parameter)
                try vdaf.aggregateUpdate(&sum, outputShare: share)
            }
            try expect(vdaf.encodeAggregateShare(sum), answer.agg_shares[key[1]], "the aggregate share")
        case "unshard":
            var shares: [V.AggregateShare] = []
            for share in answer.agg_shares { shares.append(try vdaf.decodeAggregateShare(share.bytes, parameter)) }
            let sum = try vdaf.unshard(parameter, aggregateShares: shares, reportCount: answer.reports.count)
            try expect(result(sum) == answer.agg_result, "the result differs")
        default: throw Failure("is unknown")
        }
    }

    private func shard(_ report: KnownAnswer.Report) throws {
        guard let measurement = report.measurement.flatMap(measurement) else { throw Failure("has no measurement") }
        let made = try vdaf.shard(
            ctx: answer.ctx.bytes, measurement: measurement, nonce: report.nonce.bytes, rand: report.rand.bytes)
        try expect(vdaf.encodePublicShare(made.publicShare), report.public_share, "the public share")
        try expect(
            made.publicShare == vdaf.decodePublicShare(report.public_share.bytes), "the decoded public share differs")
        try expect(vdaf.publicShareSize == report.public_share.bytes.count, "the size of the public share differs")
        for (id, share) in made.inputShares.enumerated() {
            try expect(vdaf.encodeInputShare(share), report.input_shares[id], "the input share of \(id)")
            try expect(
                vdaf.inputShareSize(aggregatorID: id) == report.input_shares[id].bytes.count,
                "the size of an input share differs")
        }
    }

    private func verifyInit(
        _ report: KnownAnswer.Report, _ id: Int, _ parameter: V.AggregationParameter
    ) throws -> V.VerifyState {
        let begun = try vdaf.verifyInit(
            verifyKey: answer.verify_key.bytes, ctx: answer.ctx.bytes, aggregatorID: id,
            aggregationParameter: parameter, nonce: report.nonce.bytes,
            publicShare: vdaf.decodePublicShare(report.public_share.bytes),
            inputShare: vdaf.decodeInputShare(report.input_shares[id].bytes, aggregatorID: id))
        try expect(vdaf.encodeVerifierShare(begun.verifierShare), report.verifier_shares[0][id], "the verifier share")
        return begun.state
    }

    private func verifierSharesToMessage(
        _ report: KnownAnswer.Report, _ index: Int, round: Int, _ parameter: V.AggregationParameter
    ) throws {
        var shares: [V.VerifierShare] = []
        for (id, share) in report.verifier_shares[round].enumerated() {
            shares.append(try vdaf.decodeVerifierShare(share.bytes, state: state([index, id])))
        }
        let message = try vdaf.verifierSharesToMessage(
            ctx: answer.ctx.bytes, aggregationParameter: parameter, verifierShares: shares)
        try expect(vdaf.encodeVerifierMessage(message), report.verifier_messages[round], "the verifier message")
    }

    private mutating func verifyNext(_ report: KnownAnswer.Report, _ key: [Int], round: Int) throws {
        let state = try state(key)
        let message = try vdaf.decodeVerifierMessage(report.verifier_messages[round - 1].bytes, state: state)
        switch try vdaf.verifyNext(ctx: answer.ctx.bytes, state: state, verifierMessage: message) {
        case .next(let next, let share):
            states[key] = next
            try expect(vdaf.encodeVerifierShare(share), report.verifier_shares[round][key[1]], "the verifier share")
        case .finished(let share):
            try expect(round == vdaf.rounds, "the number of rounds differs")
            try expect(vdaf.encodeOutputShare(share), report.out_shares[key[1]], "the output share")
        }
    }

    private func state(_ key: [Int]) throws -> V.VerifyState {
        guard let state = states[key] else { throw Failure("comes before verify_init") }
        return state
    }

    private func expect(_ bytes: [UInt8], _ known: Hex, _ what: String) throws {
        try expect(bytes == known.bytes, "\(what) differs")
    }

    private func expect(_ isRight: Bool, _ otherwise: String) throws {
        guard isRight else { throw Failure(otherwise) }
    }
}
