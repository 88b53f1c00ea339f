import PopulusVDAF

/// Poplar1 from end to end: four clients, two aggregators and a collector, with no network between them.
///
/// The article PopulusVDAF shows these lines.
func countFirstLetters() throws(VDAFError) -> [Int] {
    let poplar1 = try Poplar1(bits: 8)
    let ctx = Array("an example of PopulusVDAF".utf8)
    // The aggregators agree on it. Clients must not know it.
    let verifyKey = randomBytes(poplar1.verifyKeySize)

    // Each client splits its byte. It seals one input share for each aggregator, and wipes them.
    var uploads: [Upload] = []
    for letter in "aabz".utf8 {
        let nonce = randomBytes(poplar1.nonceSize)
        var report = try poplar1.shard(
            ctx: ctx, measurement: Prefix(bytes: [letter], bitCount: 8), nonce: nonce,
            rand: randomBytes(poplar1.randSize))
        uploads.append(
            Upload(
                nonce: nonce, publicShare: poplar1.encodePublicShare(report.publicShare),
                inputShares: report.inputShares.map(poplar1.encodeInputShare)))
        report.wipeInputShares()
    }

    // The collector asks for the letters that begin with these four bits: 0110 for "a" to "o", 0111 for "p" to "z".
    let candidates = [Prefix(bits: [false, true, true, false]), Prefix(bits: [false, true, true, true])]
    let question = try Poplar1AggregationParameter(level: 3, prefixes: candidates)

    // Each aggregator checks the question against those that it has answered, verifies each report, and adds.
    guard poplar1.isValid(aggregationParameter: question, previous: []) else { throw .invalidAggregationParameter }
    var (leaderSum, helperSum) = (poplar1.aggregateInit(question), poplar1.aggregateInit(question))
    for upload in uploads {
        let shares = try verify(upload, with: poplar1, verifyKey: verifyKey, ctx: ctx, question)
        try poplar1.aggregateUpdate(&leaderSum, outputShare: shares.leader)
        try poplar1.aggregateUpdate(&helperSum, outputShare: shares.helper)
    }

    // The collector adds both aggregate shares.
    return try poplar1.unshard(question, aggregateShares: [leaderSum, helperSum], reportCount: uploads.count)
}

/// What a client sends.
struct Upload {
    let nonce: [UInt8]
    let publicShare: [UInt8]
    /// The Leader's and the Helper's, each sealed for it.
    let inputShares: [[UInt8]]

    func asSeen(by aggregatorID: Int) -> PingPongReport {
        PingPongReport(nonce: nonce, publicShare: publicShare, inputShare: inputShares[aggregatorID])
    }
}

/// One report's verification, message for message as it goes over the wire.
func verify(
    _ upload: Upload, with poplar1: Poplar1, verifyKey: [UInt8], ctx: [UInt8], _ question: Poplar1AggregationParameter
) throws(VDAFError) -> (leader: FieldVec, helper: FieldVec) {
    // The Leader sends its share of the sketch.
    let leader = try poplar1.pingPongLeaderInit(
        verifyKey: verifyKey, ctx: ctx, aggregationParameter: question, report: upload.asSeen(by: 0))
    guard case .continued(let leaderState, let initialize) = leader else { throw .unexpectedMessage }

    // The Helper answers with the sum of both shares, and its share of the verdict.
    let helper = try poplar1.pingPongHelperInit(
        verifyKey: verifyKey, ctx: ctx, aggregationParameter: question, report: upload.asSeen(by: 1),
        inbound: PingPongMessage(encoded: initialize.encode()))
    guard case .continued(let helperState, let answer) = helper else { throw .unexpectedMessage }

    // The Leader knows the verdict now. An invalid report throws `.verificationFailed` here.
    let leaderEnd = try poplar1.pingPongContinued(
        isLeader: true, ctx: ctx, aggregationParameter: question, state: leaderState,
        inbound: PingPongMessage(encoded: answer.encode()))
    guard case .finishedWithOutbound(let leaderShare, let finish) = leaderEnd else { throw .unexpectedMessage }

    // And then the Helper.
    let helperEnd = try poplar1.pingPongContinued(
        isLeader: false, ctx: ctx, aggregationParameter: question, state: helperState,
        inbound: PingPongMessage(encoded: finish.encode()))
    guard case .finished(let helperShare) = helperEnd else { throw .unexpectedMessage }
    return (leaderShare, helperShare)
}

/// Bytes of the system's cryptographic source.
func randomBytes(_ count: Int) -> [UInt8] {
    var source = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &source) }
}
