import KnownAnswers
import PopulusVDAF

/// Makes known answers of a VDAF: runs the whole of it on given inputs and writes down every message.
struct VdafMaker<V: RunTimeVdaf> {
    typealias Report = VdafReport<V.PublicShare, V.InputShare>

    private let vdaf: V
    private let parameter: V.AggregationParameter
    private let verifyKey: [UInt8]
    private let ctx: [UInt8]
    private(set) var vector: VdafVector
    private var aggregateShares: [V.AggregateShare]

    /// A client's inputs.
    struct Input {
        let measurement: VectorValue
        let nonce: [UInt8]
        let rand: [UInt8]
    }

    /// - Parameters:
    ///   - parameters: What makes the instance, as the file names it.
    ///   - aggregationParameter: Encoded.
    init(
        _ vdaf: V, parameters: [String: Int], aggregationParameter: [UInt8], verifyKey: [UInt8], ctx: [UInt8]
    ) throws {
        self.vdaf = vdaf
        self.verifyKey = verifyKey
        self.ctx = ctx
        parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        vector = VdafVector(
            parameters: parameters, shares: vdaf.shares, verifyKey: Hex(verifyKey),
            aggregationParameter: Hex(aggregationParameter), ctx: Hex(ctx))
        aggregateShares = Array(repeating: vdaf.aggregateInit(parameter), count: vdaf.shares)
    }

    private func shard(_ input: Input) throws -> Report {
        try vdaf.shard(
            ctx: ctx, measurement: vdaf.measurement(input.measurement.measurement(ofBits: vdaf is Poplar1)),
            nonce: input.nonce, rand: input.rand)
    }

    /// A known answer that ends with the result.
    mutating func positive(_ inputs: [Input]) throws -> VdafVector {
        for input in inputs {
            vector.operations.append(.init("shard", report: vector.reports.count))
            try verify(shard(input), measurement: input.measurement, input: input, succeeds: true)
        }
        return try unshard(reportCount: inputs.count)
    }

    /// A known answer of a report that `tamper` spoils and whose verification fails in the last round.
    mutating func negative(
        _ input: Input, tamper: (inout V.PublicShare, inout [V.InputShare]) -> Void
    ) throws -> VdafVector {
        let made = try shard(input)
        var (publicShare, inputShares) = (made.publicShare, made.inputShares)
        tamper(&publicShare, &inputShares)
        return try negative(Report(publicShare: publicShare, inputShares: inputShares), input)
    }

    /// A known answer of a report whose verification fails in the last round.
    mutating func negative(_ report: Report, _ input: Input) throws -> VdafVector {
        try verify(report, measurement: nil, input: input, succeeds: false)
        return vector
    }

    /// A known answer of a good report and a verifier message that the Leader must not take.
    mutating func wrongMessage(_ message: [UInt8], _ input: Input) throws -> VdafVector {
        let made = try shard(input)
        let share = try verifyInit(made, nonce: input.nonce, aggregatorID: 0).verifierShare
        var report = self.report(made, measurement: nil, input: input)
        report.verifierShares = [[Hex(vdaf.encodeVerifierShare(share))]]
        report.verifierMessages = [Hex(message)]
        vector.reports.append(report)
        vector.operations = [
            .init("verify_init", report: 0, aggregator: 0),
            .init("verify_next", report: 0, round: 1, aggregator: 0, success: false),
        ]
        return vector
    }

    private func report(_ made: Report, measurement: VectorValue?, input: Input) -> VdafVector.Report {
        VdafVector.Report(
            measurement: measurement, nonce: Hex(input.nonce), rand: Hex(input.rand),
            publicShare: Hex(vdaf.encodePublicShare(made.publicShare)),
            inputShares: made.inputShares.map { Hex(vdaf.encodeInputShare($0)) })
    }

    private func verifyInit(
        _ made: Report, nonce: [UInt8], aggregatorID: Int
    ) throws -> (state: V.VerifyState, verifierShare: V.VerifierShare) {
        try vdaf.verifyInit(
            verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregatorID, aggregationParameter: parameter, nonce: nonce,
            publicShare: made.publicShare, inputShare: made.inputShares[aggregatorID])
    }

    private mutating func verify(
        _ made: Report, measurement: VectorValue?, input: Input, succeeds: Bool
    ) throws {
        let index = vector.reports.count
        var report = self.report(made, measurement: measurement, input: input)
        var states: [V.VerifyState] = []
        var shares: [V.VerifierShare] = []
        for id in 0..<vdaf.shares {
            let (state, share) = try verifyInit(made, nonce: input.nonce, aggregatorID: id)
            states.append(state)
            shares.append(share)
            vector.operations.append(.init("verify_init", report: index, aggregator: id))
        }
        for round in 0..<vdaf.rounds {
            report.verifierShares.append(shares.map { Hex(vdaf.encodeVerifierShare($0)) })
            let isLast = round == vdaf.rounds - 1
            if isLast && !succeeds {
                guard fails(shares) else { throw GeneratorError.unexpectedSuccess }
                vector.operations.append(
                    .init("verifier_shares_to_message", report: index, round: round, success: false))
                vector.reports.append(report)
                return
            }
            let message = try vdaf.verifierSharesToMessage(
                ctx: ctx, aggregationParameter: parameter, verifierShares: shares)
            report.verifierMessages.append(Hex(vdaf.encodeVerifierMessage(message)))
            vector.operations.append(.init("verifier_shares_to_message", report: index, round: round))
            shares = []
            for id in 0..<vdaf.shares {
                vector.operations.append(.init("verify_next", report: index, round: round + 1, aggregator: id))
                switch try vdaf.verifyNext(ctx: ctx, state: states[id], verifierMessage: message) {
                case .next(let state, let share):
                    states[id] = state
                    shares.append(share)
                case .finished(let share):
                    report.outputShares.append(Hex(vdaf.encodeOutputShare(share)))
                    try vdaf.aggregateUpdate(&aggregateShares[id], outputShare: share)
                }
            }
        }
        vector.reports.append(report)
    }

    /// Whether verification fails for these shares.
    ///
    /// A function of its own: as a `do throws` with a `where` in the loop above it sends Swift 6.3's optimiser round
    /// for ever.
    private func fails(_ shares: [V.VerifierShare]) -> Bool {
        do throws(VDAFError) {
            _ = try vdaf.verifierSharesToMessage(ctx: ctx, aggregationParameter: parameter, verifierShares: shares)
            return false
        } catch {
            return error == .verificationFailed
        }
    }

    private mutating func unshard(reportCount: Int) throws -> VdafVector {
        for id in 0..<vdaf.shares {
            vector.operations.append(.init("aggregate", aggregator: id))
            vector.aggregateShares.append(Hex(vdaf.encodeAggregateShare(aggregateShares[id])))
        }
        vector.operations.append(.init("unshard"))
        vector.aggregateResult = VectorValue(
            vdaf.result(try vdaf.unshard(parameter, aggregateShares: aggregateShares, reportCount: reportCount)))
        return vector
    }
}

extension VdafMaker where V == Poplar1 {
    init(bits: Int, parameter: Poplar1AggregationParameter, verifyKey: [UInt8], ctx: [UInt8]) throws {
        try self.init(
            Poplar1(bits: bits), parameters: ["bits": bits], aggregationParameter: parameter.encode(),
            verifyKey: verifyKey, ctx: ctx)
    }
}

/// What must not happen while vectors are made.
enum GeneratorError: Error {
    /// A spoiled report verified.
    case unexpectedSuccess
    case usage
}
