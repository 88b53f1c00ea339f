import KnownAnswers
import VDAF

/// Makes known answers of Poplar1: runs the whole of it on given inputs and writes down every message.
struct Poplar1Maker {
    let vdaf: Poplar1
    let parameter: Poplar1AggregationParameter
    let verifyKey: [UInt8]
    let ctx: [UInt8]
    private(set) var vector: Poplar1Vector
    private var aggregateShares: [FieldVec]

    /// A client's inputs.
    struct Input {
        let measurement: Prefix
        let nonce: [UInt8]
        let rand: [UInt8]
    }

    init(bits: Int, parameter: Poplar1AggregationParameter, verifyKey: [UInt8], ctx: [UInt8]) throws {
        vdaf = try Poplar1(bits: bits)
        self.parameter = parameter
        self.verifyKey = verifyKey
        self.ctx = ctx
        vector = Poplar1Vector(
            bits: bits, verifyKey: Hex(verifyKey), aggregationParameter: Hex(parameter.encode()), ctx: Hex(ctx))
        aggregateShares = [vdaf.aggregateInit(parameter), vdaf.aggregateInit(parameter)]
    }

    /// A known answer that ends with the counts.
    static func positive(
        bits: Int, parameter: Poplar1AggregationParameter, verifyKey: [UInt8], ctx: [UInt8], inputs: [Input]
    ) throws -> Poplar1Vector {
        var maker = try Poplar1Maker(bits: bits, parameter: parameter, verifyKey: verifyKey, ctx: ctx)
        for input in inputs {
            let made = try maker.vdaf.shard(
                ctx: ctx, measurement: input.measurement, nonce: input.nonce, rand: input.rand)
            maker.vector.operations.append(.init("shard", report: maker.vector.reports.count))
            try maker.verify(made, measurement: input.measurement.bits, input: input, succeeds: true)
        }
        return try maker.unshard(reportCount: inputs.count)
    }

    /// A known answer of a report that `tamper` spoils and whose verification fails in the last round.
    static func negative(
        bits: Int, parameter: Poplar1AggregationParameter, verifyKey: [UInt8], ctx: [UInt8], input: Input,
        tamper: (inout IdpfPublicShare, inout [Poplar1InputShare]) -> Void
    ) throws -> Poplar1Vector {
        var maker = try Poplar1Maker(bits: bits, parameter: parameter, verifyKey: verifyKey, ctx: ctx)
        let made = try maker.vdaf.shard(
            ctx: ctx, measurement: input.measurement, nonce: input.nonce, rand: input.rand)
        var (publicShare, inputShares) = (made.publicShare, made.inputShares)
        tamper(&publicShare, &inputShares)
        try maker.verify(
            Poplar1Report(publicShare: publicShare, inputShares: inputShares), measurement: nil, input: input,
            succeeds: false)
        return maker.vector
    }

    private mutating func verify(
        _ made: Poplar1Report, measurement: [Bool]?, input: Input, succeeds: Bool
    ) throws {
        let index = vector.reports.count
        var report = Poplar1Vector.Report(
            measurement: measurement, nonce: Hex(input.nonce), rand: Hex(input.rand),
            publicShare: Hex(made.publicShare.encode()), inputShares: made.inputShares.map { Hex($0.encode()) })
        var states: [Poplar1VerifyState] = []
        var shares: [FieldVec] = []
        for id in 0..<2 {
            let (state, share) = try vdaf.verifyInit(
                verifyKey: verifyKey, ctx: ctx, aggregatorID: id, aggregationParameter: parameter, nonce: input.nonce,
                publicShare: made.publicShare, inputShare: made.inputShares[id])
            states.append(state)
            shares.append(share)
            vector.operations.append(.init("verify_init", report: index, aggregator: id))
        }
        for round in 0..<Poplar1.rounds {
            report.verifierShares.append(shares.map { Hex($0.encode()) })
            let isLast = round == Poplar1.rounds - 1
            if isLast && !succeeds {
                guard fails(shares) else { throw GeneratorError.unexpectedSuccess }
                vector.operations.append(
                    .init("verifier_shares_to_message", report: index, round: round, success: false))
                vector.reports.append(report)
                return
            }
            let message = try vdaf.verifierSharesToMessage(aggregationParameter: parameter, verifierShares: shares)
            report.verifierMessages.append(Hex(vdaf.encodeVerifierMessage(message)))
            vector.operations.append(.init("verifier_shares_to_message", report: index, round: round))
            shares = []
            for id in 0..<2 {
                vector.operations.append(.init("verify_next", report: index, round: round + 1, aggregator: id))
                switch try vdaf.verifyNext(state: states[id], verifierMessage: message) {
                case .next(let state, let share):
                    states[id] = state
                    shares.append(share)
                case .finished(let share):
                    report.outputShares.append(Hex(share.encode()))
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
    private func fails(_ shares: [FieldVec]) -> Bool {
        do throws(VDAFError) {
            _ = try vdaf.verifierSharesToMessage(aggregationParameter: parameter, verifierShares: shares)
            return false
        } catch {
            return error == .verificationFailed
        }
    }

    private mutating func unshard(reportCount: Int) throws -> Poplar1Vector {
        for id in 0..<2 {
            vector.operations.append(.init("aggregate", aggregator: id))
            vector.aggregateShares.append(Hex(aggregateShares[id].encode()))
        }
        vector.operations.append(.init("unshard"))
        vector.aggregateResult = try vdaf.unshard(
            parameter, aggregateShares: aggregateShares, reportCount: reportCount)
        return vector
    }
}

/// What must not happen while vectors are made.
enum GeneratorError: Error {
    /// A spoiled report verified.
    case unexpectedSuccess
    case usage
}
