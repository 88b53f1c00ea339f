import PopulusKernels

/// Encodes and decodes around a VDAF of two aggregators.
///
/// Called through `any EncodedVdaf`, for which the compiler does not specialise generic code by itself.
struct ErasedVdaf<V: RunTimeVdaf>: EncodedVdaf {
    let vdaf: V

    /// What `pingPongContinued` takes.
    private struct State: Sendable {
        let isLeader: Bool
        let ctx: [UInt8]
        let state: V.VerifyState
    }

    var id: UInt32 { vdaf.id }
    var verifyKeySize: Int { vdaf.verifyKeySize }
    var nonceSize: Int { vdaf.nonceSize }
    var randSize: Int { vdaf.randSize }
    var rounds: Int { vdaf.rounds }
    var publicShareSize: Int { vdaf.publicShareSize }
    func inputShareSize(aggregatorID: Int) -> Int { vdaf.inputShareSize(aggregatorID: aggregatorID) }

    func check(_ measurement: VdafMeasurement) throws(VDAFError) { _ = try vdaf.measurement(measurement) }

    @specialized(where V == Prio3<Count>)
    @specialized(where V == Prio3<Sum>)
    @specialized(where V == Prio3<SumVec<Field128>>)
    @specialized(where V == Prio3<SumVec<Field64>>)
    @specialized(where V == Prio3<Histogram>)
    @specialized(where V == Prio3<MultihotCountVec>)
    func shard(
        ctx: [UInt8], measurement: VdafMeasurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> (publicShare: [UInt8], inputShares: [[UInt8]]) {
        var report = try vdaf.shard(ctx: ctx, measurement: vdaf.measurement(measurement), nonce: nonce, rand: rand)
        defer { report.wipeInputShares() }
        return (vdaf.encodePublicShare(report.publicShare), report.inputShares.map(vdaf.encodeInputShare))
    }

    func checkAggregationParameter(_ encoded: [UInt8]) throws(VDAFError) {
        let parameter = try vdaf.decodeAggregationParameter(encoded)
        guard vdaf.isValid(aggregationParameter: parameter, previous: []) else { throw .invalidAggregationParameter }
    }

    func checkShares(publicShare: [UInt8], inputShare: [UInt8], aggregatorID: Int) throws(VDAFError) {
        _ = try vdaf.decodePublicShare(publicShare)
        _ = try vdaf.decodeInputShare(inputShare, aggregatorID: aggregatorID)
    }

    @specialized(where V == Prio3<Count>)
    @specialized(where V == Prio3<Sum>)
    @specialized(where V == Prio3<SumVec<Field128>>)
    @specialized(where V == Prio3<SumVec<Field64>>)
    @specialized(where V == Prio3<Histogram>)
    @specialized(where V == Prio3<MultihotCountVec>)
    func pingPongLeaderInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: [UInt8], report: PingPongReport
    ) throws(VDAFError) -> EncodedPingPongState {
        let state = try vdaf.pingPongLeaderInit(
            verifyKey: verifyKey, ctx: ctx,
            aggregationParameter: vdaf.decodeAggregationParameter(aggregationParameter), report: report)
        return encoded(state, isLeader: true, ctx: ctx)
    }

    @specialized(where V == Prio3<Count>)
    @specialized(where V == Prio3<Sum>)
    @specialized(where V == Prio3<SumVec<Field128>>)
    @specialized(where V == Prio3<SumVec<Field64>>)
    @specialized(where V == Prio3<Histogram>)
    @specialized(where V == Prio3<MultihotCountVec>)
    func pingPongHelperInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: [UInt8], report: PingPongReport,
        inbound: PingPongMessage
    ) throws(VDAFError) -> EncodedPingPongState {
        let state = try vdaf.pingPongHelperInit(
            verifyKey: verifyKey, ctx: ctx,
            aggregationParameter: vdaf.decodeAggregationParameter(aggregationParameter), report: report,
            inbound: inbound)
        return encoded(state, isLeader: false, ctx: ctx)
    }

    @specialized(where V == Prio3<Count>)
    @specialized(where V == Prio3<Sum>)
    @specialized(where V == Prio3<SumVec<Field128>>)
    @specialized(where V == Prio3<SumVec<Field64>>)
    @specialized(where V == Prio3<Histogram>)
    @specialized(where V == Prio3<MultihotCountVec>)
    func pingPongContinued(
        aggregationParameter: [UInt8], state: any Sendable, inbound: PingPongMessage
    ) throws(VDAFError) -> EncodedPingPongState {
        guard let state = state as? State else { throw .unexpectedMessage }
        let next = try vdaf.pingPongContinued(
            isLeader: state.isLeader, ctx: state.ctx,
            aggregationParameter: vdaf.decodeAggregationParameter(aggregationParameter), state: state.state,
            inbound: inbound)
        return encoded(next, isLeader: state.isLeader, ctx: state.ctx)
    }

    private func encoded(_ state: PingPongState<V>, isLeader: Bool, ctx: [UInt8]) -> EncodedPingPongState {
        switch state {
        case .continued(let state, let outbound):
            .continued(state: State(isLeader: isLeader, ctx: ctx, state: state), outbound: outbound)
        case .finishedWithOutbound(let share, let outbound):
            .finishedWithOutbound(outputShare: vdaf.encodeOutputShare(share), outbound: outbound)
        case .finished(let share): .finished(outputShare: vdaf.encodeOutputShare(share))
        }
    }

    func emptyAggregateShare(aggregationParameter: [UInt8]) throws(VDAFError) -> [UInt8] {
        let parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        return vdaf.encodeAggregateShare(vdaf.aggregateInit(parameter))
    }

    @specialized(where V == Prio3<Count>)
    @specialized(where V == Prio3<Sum>)
    @specialized(where V == Prio3<SumVec<Field128>>)
    @specialized(where V == Prio3<SumVec<Field64>>)
    @specialized(where V == Prio3<Histogram>)
    @specialized(where V == Prio3<MultihotCountVec>)
    func merge(_ aggregateShares: [[UInt8]], aggregationParameter: [UInt8]) throws(VDAFError) -> [UInt8] {
        let parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        var sum = vdaf.aggregateInit(parameter)
        for share in aggregateShares {
            try vdaf.aggregateUpdate(&sum, outputShare: vdaf.decodeOutputShare(share, parameter))
        }
        return vdaf.encodeAggregateShare(sum)
    }

    func unshard(
        aggregationParameter: [UInt8], aggregateShares: [[UInt8]], count: Int
    ) throws(VDAFError) -> VdafResult {
        let parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        guard aggregateShares.count == vdaf.shares else { throw .wrongElementCount }
        return vdaf.result(
            try vdaf.unshard(parameter, aggregateShares: decoded(aggregateShares, parameter), reportCount: count))
    }

    func addNoise(
        to aggregateShare: [UInt8], aggregationParameter: [UInt8], _ sample: () -> Int64
    ) throws(VDAFError) -> [UInt8] {
        let parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        var share = try vdaf.decodeAggregateShare(aggregateShare, parameter)
        vdaf.addNoise(to: &share, sample)
        return vdaf.encodeAggregateShare(share)
    }

    func signedSums(
        aggregationParameter: [UInt8], aggregateShares: [[UInt8]]
    ) throws(VDAFError) -> [Int128] {
        let parameter = try vdaf.decodeAggregationParameter(aggregationParameter)
        guard aggregateShares.count == vdaf.shares else { throw .wrongElementCount }
        return try vdaf.signedSums(parameter, aggregateShares: decoded(aggregateShares, parameter))
    }

    private func decoded(
        _ shares: [[UInt8]], _ parameter: V.AggregationParameter
    ) throws(VDAFError) -> [V.AggregateShare] {
        var decoded: [V.AggregateShare] = []
        decoded.reserveCapacity(shares.count)
        for share in shares { decoded.append(try vdaf.decodeAggregateShare(share, parameter)) }
        return decoded
    }
}

extension RunTimeVdaf {
    /// This VDAF by encoded values alone.
    ///
    /// - Throws: `.parameterOutOfRange` unless there are two aggregators.
    package func encoded() throws(VDAFError) -> any EncodedVdaf {
        guard shares == 2 else { throw .parameterOutOfRange("the number of aggregators", allowed: "2") }
        return ErasedVdaf(vdaf: self)
    }
}
