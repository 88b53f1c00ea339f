import PopulusVDAF

/// One report of Prio3 from measurement to output shares, with every step open to changes.
struct Prio3Run<C: Valid> {
    let vdaf: Prio3<C>
    var verifyKey: [UInt8]
    let ctx = Array("prio3 tests".utf8)
    let nonce: [UInt8]
    let rand: [UInt8]

    init(_ vdaf: Prio3<C>, _ stream: inout TestStream) {
        self.vdaf = vdaf
        verifyKey = stream.bytes(vdaf.verifyKeySize)
        nonce = stream.bytes(vdaf.nonceSize)
        rand = stream.bytes(vdaf.randSize)
    }

    func shard(_ measurement: VdafMeasurement) throws -> VdafReport<Prio3PublicShare, Prio3InputShare<C.Field>> {
        try vdaf.shard(ctx: ctx, measurement: vdaf.measurement(measurement), nonce: nonce, rand: rand)
    }

    func shard(encoded: [UInt64]) throws -> VdafReport<Prio3PublicShare, Prio3InputShare<C.Field>> {
        try vdaf.shard(
            ctx: ctx, encodedMeasurement: encoded.map { C.Field($0) }, nonce: nonce, rand: rand)
    }

    /// What one aggregator may see otherwise than the others.
    struct View {
        var verifyKey: [UInt8]
        var ctx: [UInt8]
        var nonce: [UInt8]
        var publicShare: [UInt8]
        var inputShare: [UInt8]
    }

    /// The output shares, if the report verifies; everything goes by its encoding.
    func verify(
        _ report: VdafReport<Prio3PublicShare, Prio3InputShare<C.Field>>,
        changing change: (_ aggregatorID: Int, inout View) -> Void = { _, _ in },
        changingVerifierShare changeShare: (_ aggregatorID: Int, inout [UInt8]) -> Void = { _, _ in }
    ) throws -> [Prio3OutputShare<C.Field>] {
        var states: [Prio3VerifyState<C.Field>] = []
        var shares: [Prio3VerifierShare<C.Field>] = []
        for id in 0..<vdaf.shares {
            var view = View(
                verifyKey: verifyKey, ctx: ctx, nonce: nonce,
                publicShare: vdaf.encodePublicShare(report.publicShare),
                inputShare: vdaf.encodeInputShare(report.inputShares[id]))
            change(id, &view)
            let (state, share) = try vdaf.verifyInit(
                verifyKey: view.verifyKey, ctx: view.ctx, aggregatorID: id, aggregationParameter: .init(),
                nonce: view.nonce, publicShare: vdaf.decodePublicShare(view.publicShare),
                inputShare: vdaf.decodeInputShare(view.inputShare, aggregatorID: id))
            var encoded = vdaf.encodeVerifierShare(share)
            changeShare(id, &encoded)
            states.append(state)
            shares.append(try vdaf.decodeVerifierShare(encoded, state: state))
        }
        let message = try vdaf.verifierSharesToMessage(
            ctx: ctx, aggregationParameter: .init(), verifierShares: shares)
        return try states.map { state in
            let received = try vdaf.decodeVerifierMessage(vdaf.encodeVerifierMessage(message), state: state)
            guard
                case .finished(let share) = try vdaf.verifyNext(ctx: ctx, state: state, verifierMessage: received)
            else { throw VDAFError.unexpectedMessage }
            return try vdaf.decodeOutputShare(vdaf.encodeOutputShare(share), .init())
        }
    }
}

/// Instances of every variant, of two shares.
enum Prio3Instances {
    static func count(shares: Int = 2) throws -> Prio3<Count> { try Prio3<Count>(shares: shares) }
    static func sum(shares: Int = 2) throws -> Prio3<Sum> { try Prio3<Sum>(maxMeasurement: 100, shares: shares) }
    static func sumVec(shares: Int = 2) throws -> Prio3<SumVec<Field128>> {
        try Prio3<SumVec<Field128>>(length: 5, maxMeasurement: 9, chunkLength: 3, shares: shares)
    }
    static func multiproof(shares: Int = 2) throws -> Prio3<SumVec<Field64>> {
        try Prio3<SumVec<Field64>>(proofs: 2, length: 5, maxMeasurement: 9, chunkLength: 3, shares: shares)
    }
    static func histogram(shares: Int = 2) throws -> Prio3<Histogram> {
        try Prio3<Histogram>(length: 7, chunkLength: 3, shares: shares)
    }
    static func multihot(shares: Int = 2) throws -> Prio3<MultihotCountVec> {
        try Prio3<MultihotCountVec>(length: 6, maxWeight: 3, chunkLength: 4, shares: shares)
    }
}
