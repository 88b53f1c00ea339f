import VDAF

/// Runs the operations of a known answer of Poplar1 and compares every message.
struct Poplar1Run {
    private let vector: Poplar1Vector
    private let vdaf: Poplar1
    private let parameter: Poplar1AggregationParameter
    /// The verification state by report and aggregator.
    private var states: [StateKey: Poplar1VerifyState] = [:]

    private struct StateKey: Hashable {
        let report: Int
        let aggregator: Int
    }

    init(_ vector: Poplar1Vector) throws {
        self.vector = vector
        vdaf = try Poplar1(bits: vector.bits)
        parameter = try vdaf.decodeAggregationParameter(vector.aggregationParameter.bytes)
    }

    mutating func check() throws {
        guard vector.shares == Poplar1.shares else { throw KnownAnswerFailure("Poplar1 has two shares") }
        guard !vector.operations.isEmpty else { throw KnownAnswerFailure("there are no operations") }
        try expect(parameter.encode(), vector.aggregationParameter, "agg_param")
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

    private mutating func run(_ operation: Poplar1Vector.Operation) throws {
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
    private func report(_ operation: Poplar1Vector.Operation) throws -> (index: Int, report: Poplar1Vector.Report) {
        guard let index = operation.reportIndex, let report = vector.reports.element(index) else {
            throw KnownAnswerFailure("no such report")
        }
        return (index, report)
    }

    private func aggregator(_ operation: Poplar1Vector.Operation) throws -> Int {
        guard let id = operation.aggregatorID, (0..<Poplar1.shares).contains(id) else {
            throw KnownAnswerFailure("no such aggregator")
        }
        return id
    }

    private func shard(_ operation: Poplar1Vector.Operation) throws {
        let (_, report) = try report(operation)
        guard let measurement = report.measurement else { throw KnownAnswerFailure("measurement is missing") }
        let made = try vdaf.shard(
            ctx: vector.ctx.bytes, measurement: Prefix(bits: measurement), nonce: report.nonce.bytes,
            rand: report.rand.bytes)
        try expect(made.publicShare.encode(), report.publicShare, "public_share")
        for (i, share) in made.inputShares.enumerated() {
            try expect(share.encode(), report.inputShares.element(i), "input share \(i)")
        }
    }

    private mutating func verifyInit(_ operation: Poplar1Vector.Operation) throws {
        let (index, report) = try report(operation)
        let id = try aggregator(operation)
        guard let inputShare = report.inputShares.element(id) else { throw KnownAnswerFailure("no such input share") }
        let decodedPublic = try vdaf.decodePublicShare(report.publicShare.bytes)
        let decodedInput = try vdaf.decodeInputShare(inputShare.bytes)
        try expect(decodedPublic.encode(), report.publicShare, "public_share, encoded again,")
        try expect(decodedInput.encode(), inputShare, "input share, encoded again,")
        let (state, share) = try vdaf.verifyInit(
            verifyKey: vector.verifyKey.bytes, ctx: vector.ctx.bytes, aggregatorID: id,
            aggregationParameter: parameter, nonce: report.nonce.bytes, publicShare: decodedPublic,
            inputShare: decodedInput)
        try expect(share.encode(), report.verifierShares.element(0)?.element(id), "verifier share of round 0")
        states[StateKey(report: index, aggregator: id)] = state
    }

    private func verifierSharesToMessage(_ operation: Poplar1Vector.Operation) throws {
        let (_, report) = try report(operation)
        guard let round = operation.round, let encoded = report.verifierShares.element(round) else {
            throw KnownAnswerFailure("no such round")
        }
        let isLeaf = vdaf.isLeaf(parameter.level)
        let shares = try encoded.map {
            try FieldVec(decoding: $0.bytes.span, isLeaf: isLeaf, count: round == 0 ? 3 : 1)
        }
        let message = try vdaf.verifierSharesToMessage(aggregationParameter: parameter, verifierShares: shares)
        try expect(
            vdaf.encodeVerifierMessage(message), report.verifierMessages.element(round),
            "verifier message of round \(round)")
    }

    private mutating func verifyNext(_ operation: Poplar1Vector.Operation) throws {
        let (index, report) = try report(operation)
        let id = try aggregator(operation)
        let key = StateKey(report: index, aggregator: id)
        guard let state = states[key] else { throw KnownAnswerFailure("no verification state yet") }
        guard let round = operation.round, let encoded = report.verifierMessages.element(round - 1) else {
            throw KnownAnswerFailure("no such round")
        }
        let message = try vdaf.decodeVerifierMessage(encoded.bytes, state: state)
        switch try vdaf.verifyNext(state: state, verifierMessage: message) {
        case .next(let next, let share):
            states[key] = next
            try expect(
                share.encode(), report.verifierShares.element(round)?.element(id), "verifier share of round \(round)")
        case .finished(let share):
            guard round == Poplar1.rounds else { throw KnownAnswerFailure("finished in round \(round)") }
            try expect(share.encode(), report.outputShares.element(id), "out share")
        }
    }

    private func aggregate(_ operation: Poplar1Vector.Operation) throws {
        let id = try aggregator(operation)
        var share = vdaf.aggregateInit(parameter)
        for report in vector.reports {
            guard let output = report.outputShares.element(id) else { throw KnownAnswerFailure("no such out share") }
            try vdaf.aggregateUpdate(
                &share, outputShare: vdaf.decodeOutputShare(output.bytes, parameter))
        }
        try expect(share.encode(), vector.aggregateShares.element(id), "aggregate share \(id)")
    }

    private func unshard(_ operation: Poplar1Vector.Operation) throws {
        let shares = try vector.aggregateShares.map { try vdaf.decodeAggregateShare($0.bytes, parameter) }
        let result = try vdaf.unshard(parameter, aggregateShares: shares, reportCount: vector.reports.count)
        guard result == vector.aggregateResult else { throw KnownAnswerFailure("agg_result differs") }
    }
}
