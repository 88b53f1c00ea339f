import PopulusVDAF

/// Runs the operations of a known answer of a VDAF and compares every message.
struct VdafRun<V: RunTimeVdaf> {
    private let vector: VdafVector
    private let vdaf: V
    private let parameter: V.AggregationParameter
    /// The verification state by report and aggregator.
    private var states: [StateKey: V.VerifyState] = [:]

    private struct StateKey: Hashable {
        let report: Int
        let aggregator: Int
    }

    init(_ vector: VdafVector, _ vdaf: V) throws {
        self.vector = vector
        self.vdaf = vdaf
        parameter = try vdaf.decodeAggregationParameter(vector.aggregationParameter.bytes)
    }

    mutating func check() throws {
        guard vector.shares == vdaf.shares else { throw KnownAnswerFailure("the VDAF has \(vdaf.shares) shares") }
        guard !vector.operations.isEmpty else { throw KnownAnswerFailure("there are no operations") }
        for (index, operation) in vector.operations.enumerated() {
            do {
                try run(operation)
            } catch let error as VDAFError {
                guard operation.success else { continue }
                throw KnownAnswerFailure("operation \(index), \(operation.operation): \(error)")
            } catch let failure as KnownAnswerFailure {
                throw KnownAnswerFailure("operation \(index), \(operation.operation): \(failure.reason)")
            }
            guard operation.success else {
                throw KnownAnswerFailure("operation \(index), \(operation.operation), succeeds but should fail")
            }
        }
    }

    private mutating func run(_ operation: VdafVector.Operation) throws {
        switch operation.operation {
        case "shard": try shard(operation)
        case "verify_init": try verifyInit(operation)
        case "verifier_shares_to_message": try verifierSharesToMessage(operation)
        case "verify_next": try verifyNext(operation)
        case "aggregate": try aggregate(operation)
        case "unshard": try unshard(operation)
        default: throw KnownAnswerFailure("unknown operation")
        }
    }

    /// The operation's report and its index.
    private func report(_ operation: VdafVector.Operation) throws -> (index: Int, report: VdafVector.Report) {
        guard let index = operation.reportIndex, let report = vector.reports.element(index) else {
            throw KnownAnswerFailure("no such report")
        }
        return (index, report)
    }

    private func aggregator(_ operation: VdafVector.Operation) throws -> Int {
        guard let id = operation.aggregatorID, (0..<vdaf.shares).contains(id) else {
            throw KnownAnswerFailure("no such aggregator")
        }
        return id
    }

    private func state(report: Int, aggregator: Int) throws -> V.VerifyState {
        guard let state = states[StateKey(report: report, aggregator: aggregator)] else {
            throw KnownAnswerFailure("no verification state yet")
        }
        return state
    }

    private func shard(_ operation: VdafVector.Operation) throws {
        let (_, report) = try report(operation)
        guard let measurement = report.measurement else { throw KnownAnswerFailure("measurement is missing") }
        let made = try vdaf.shard(
            ctx: vector.ctx.bytes, measurement: vdaf.measurement(measurement.measurement(ofBits: vdaf is Poplar1)),
            nonce: report.nonce.bytes, rand: report.rand.bytes)
        try expect(vdaf.encodePublicShare(made.publicShare), report.publicShare, "public_share")
        guard made.inputShares.count == report.inputShares.count else {
            throw KnownAnswerFailure("there are not \(made.inputShares.count) input shares")
        }
        for (i, share) in made.inputShares.enumerated() {
            try expect(vdaf.encodeInputShare(share), report.inputShares.element(i), "input share \(i)")
        }
    }

    private mutating func verifyInit(_ operation: VdafVector.Operation) throws {
        let (index, report) = try report(operation)
        let id = try aggregator(operation)
        guard let inputShare = report.inputShares.element(id) else { throw KnownAnswerFailure("no such input share") }
        let decodedPublic = try vdaf.decodePublicShare(report.publicShare.bytes)
        let decodedInput = try vdaf.decodeInputShare(inputShare.bytes, aggregatorID: id)
        try expect(vdaf.encodePublicShare(decodedPublic), report.publicShare, "public_share, encoded again,")
        try expect(vdaf.encodeInputShare(decodedInput), inputShare, "input share, encoded again,")
        let (state, share) = try vdaf.verifyInit(
            verifyKey: vector.verifyKey.bytes, ctx: vector.ctx.bytes, aggregatorID: id,
            aggregationParameter: parameter, nonce: report.nonce.bytes, publicShare: decodedPublic,
            inputShare: decodedInput)
        try expect(
            vdaf.encodeVerifierShare(share), report.verifierShares.element(0)?.element(id),
            "verifier share of round 0")
        states[StateKey(report: index, aggregator: id)] = state
    }

    private func verifierSharesToMessage(_ operation: VdafVector.Operation) throws {
        let (index, report) = try report(operation)
        guard let round = operation.round, let encoded = report.verifierShares.element(round) else {
            throw KnownAnswerFailure("no such round")
        }
        let shares = try encoded.enumerated().map { id, share in
            try vdaf.decodeVerifierShare(share.bytes, state: state(report: index, aggregator: id))
        }
        let message = try vdaf.verifierSharesToMessage(
            ctx: vector.ctx.bytes, aggregationParameter: parameter, verifierShares: shares)
        try expect(
            vdaf.encodeVerifierMessage(message), report.verifierMessages.element(round),
            "verifier message of round \(round)")
    }

    private mutating func verifyNext(_ operation: VdafVector.Operation) throws {
        let (index, report) = try report(operation)
        let id = try aggregator(operation)
        let state = try state(report: index, aggregator: id)
        guard let round = operation.round, let encoded = report.verifierMessages.element(round - 1) else {
            throw KnownAnswerFailure("no such round")
        }
        let message = try vdaf.decodeVerifierMessage(encoded.bytes, state: state)
        switch try vdaf.verifyNext(ctx: vector.ctx.bytes, state: state, verifierMessage: message) {
        case .next(let next, let share):
            states[StateKey(report: index, aggregator: id)] = next
            try expect(
                vdaf.encodeVerifierShare(share), report.verifierShares.element(round)?.element(id),
                "verifier share of round \(round)")
        case .finished(let share):
            guard round == vdaf.rounds else { throw KnownAnswerFailure("finished in round \(round)") }
            try expect(vdaf.encodeOutputShare(share), report.outputShares.element(id), "out share")
        }
    }

    private func aggregate(_ operation: VdafVector.Operation) throws {
        let id = try aggregator(operation)
        var share = vdaf.aggregateInit(parameter)
        for report in vector.reports {
            guard let output = report.outputShares.element(id) else { throw KnownAnswerFailure("no such out share") }
            try vdaf.aggregateUpdate(&share, outputShare: vdaf.decodeOutputShare(output.bytes, parameter))
        }
        try expect(vdaf.encodeAggregateShare(share), vector.aggregateShares.element(id), "aggregate share \(id)")
    }

    private func unshard(_ operation: VdafVector.Operation) throws {
        let shares = try vector.aggregateShares.map { try vdaf.decodeAggregateShare($0.bytes, parameter) }
        let result = try vdaf.unshard(parameter, aggregateShares: shares, reportCount: vector.reports.count)
        guard VectorValue(vdaf.result(result)) == vector.aggregateResult else {
            throw KnownAnswerFailure("agg_result differs")
        }
    }
}
