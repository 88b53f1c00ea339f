import PopulusKernels

extension Prio3 {
    /// Checks one aggregator's share of the proofs: the state to keep, and what to tell the others.
    ///
    /// - Throws: `.wrongSize`, `.aggregatorIDOutOfRange`, `.wrongElementCount`, `.contextTooLong`,
    ///   `.verificationFailed` for a test point that chance hardly ever chooses.
    ///
    /// Spec: VDAF §7.2.2 (`verify_init`).
    @specialized(where Circuit == Count)
    @specialized(where Circuit == Sum)
    @specialized(where Circuit == SumVec<Field128>)
    @specialized(where Circuit == SumVec<Field64>)
    @specialized(where Circuit == Histogram)
    @specialized(where Circuit == MultihotCountVec)
    package func verifyInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, aggregationParameter: Prio3AggregationParameter,
        nonce: [UInt8], publicShare: Prio3PublicShare, inputShare: Prio3InputShare<Field>
    ) throws(VDAFError) -> (state: Prio3VerifyState<Field>, verifierShare: Prio3VerifierShare<Field>) {
        guard (0..<shares).contains(aggregatorID) else { throw .aggregatorIDOutOfRange }
        guard verifyKey.count == verifyKeySize, nonce.count == nonceSize,
            publicShare.jointRandParts.count == publicShareSize
        else { throw .wrongSize }
        var (measurement, proofs, blind) = try expand(inputShare, ctx: ctx, aggregatorID: aggregatorID)
        // The Leader's are the input share's own.
        defer {
            if aggregatorID > 0 {
                measurement.wipe()
                proofs.wipe()
            }
        }
        var (seed, part): (Seed?, Seed?) = (nil, nil)
        var jointRands: [Field] = []
        if let blind {
            let own = try jointRandPart(
                ctx: ctx, aggregatorID: aggregatorID, blind: blind, measurementShare: measurement, nonce: nonce)
            var parts = publicShare.jointRandParts
            parts.replaceSubrange(aggregatorID * Self.seedSize..<(aggregatorID + 1) * Self.seedSize, with: own)
            let corrected = try jointRandSeed(ctx: ctx, parts: parts)
            jointRands = try self.jointRands(ctx: ctx, seed: corrected)
            (seed, part) = (corrected, own)
        }
        let verifiers = try query(
            measurement, proofs: proofs, queryRands: queryRands(verifyKey: verifyKey, ctx: ctx, nonce: nonce),
            jointRands: jointRands)
        return (
            Prio3VerifyState(outputShare: circuit.truncate(measurement), jointRandSeed: seed),
            Prio3VerifierShare(verifiers: verifiers, jointRandPart: part)
        )
    }

    /// The shares of all proofs' verifiers, end to end.
    private func query(
        _ measurement: [Field], proofs: [Field], queryRands: [Field], jointRands: [Field]
    ) throws(VDAFError) -> [Field] {
        let (proof, query, joint) = (flp.proofLength, flp.queryRandLength, flp.jointRandLength)
        let (measurementSpan, proofSpan) = (measurement.span, proofs.span)
        let (querySpan, jointSpan) = (queryRands.span, jointRands.span)
        var verifiers: [Field] = []
        for i in 0..<self.proofs {
            let verifier = try flp.query(
                measurement: measurementSpan, proof: proofSpan.extracting(i * proof..<(i + 1) * proof),
                queryRand: querySpan.extracting(i * query..<(i + 1) * query),
                jointRand: jointSpan.extracting(i * joint..<(i + 1) * joint), sharesInverse: sharesInverse)
            if self.proofs == 1 { return verifier }
            verifiers.append(contentsOf: verifier)
        }
        return verifiers
    }

    /// An input share's measurement share, proofs share and, where there is joint randomness, blind.
    private func expand(
        _ inputShare: Prio3InputShare<Field>, ctx: [UInt8], aggregatorID: Int
    ) throws(VDAFError) -> (measurement: [Field], proofs: [Field], blind: Seed?) {
        let expanded: (measurement: [Field], proofs: [Field], blind: Seed?)
        switch inputShare.parts {
        case .leader(let measurement, let proofs, let blind):
            guard aggregatorID == 0 else { throw .aggregatorIDOutOfRange }
            expanded = (measurement, proofs, blind)
        case .helper(let seed, let blind):
            guard aggregatorID > 0 else { throw .aggregatorIDOutOfRange }
            guard seed.count == Self.seedSize else { throw .wrongSize }
            expanded = (
                try helperMeasurementShare(ctx: ctx, aggregatorID: aggregatorID, seed: seed),
                try helperProofsShare(ctx: ctx, aggregatorID: aggregatorID, seed: seed), blind
            )
        }
        guard expanded.measurement.count == flp.measurementLength,
            expanded.proofs.count == flp.proofLength * proofs
        else { throw .wrongElementCount }
        guard expanded.blind?.count == (hasJointRand ? Self.seedSize : nil) else { throw .wrongSize }
        return expanded
    }

    /// Decides from all aggregators' shares: the joint randomness seed, nil where there is none.
    ///
    /// - Throws: `.verificationFailed`, `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.2 (`verifier_shares_to_message`).
    @specialized(where Circuit == Count)
    @specialized(where Circuit == Sum)
    @specialized(where Circuit == SumVec<Field128>)
    @specialized(where Circuit == SumVec<Field64>)
    @specialized(where Circuit == Histogram)
    @specialized(where Circuit == MultihotCountVec)
    package func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: Prio3AggregationParameter,
        verifierShares: [Prio3VerifierShare<Field>]
    ) throws(VDAFError) -> [UInt8]? {
        guard verifierShares.count == shares else { throw .wrongElementCount }
        let length = flp.verifierLength
        var verifiers = verifierShares[0].verifiers
        guard verifiers.count == length * proofs else { throw .wrongElementCount }
        for share in verifierShares.dropFirst() { try verifiers.add(share.verifiers) }
        for i in 0..<proofs {
            guard flp.decide(verifiers.span.extracting(i * length..<(i + 1) * length)) else {
                throw .verificationFailed
            }
        }
        guard hasJointRand else { return nil }
        var parts: [UInt8] = []
        for share in verifierShares {
            guard let part = share.jointRandPart, part.count == Self.seedSize else { throw .wrongElementCount }
            parts += part
        }
        return try jointRandSeed(ctx: ctx, parts: parts)
    }

    /// The output share, if the verifier message bears out the joint randomness.
    ///
    /// - Throws: `.verificationFailed`.
    ///
    /// Spec: VDAF §7.2.2 (`verify_next`).
    package func verifyNext(
        ctx: [UInt8], state: Prio3VerifyState<Field>, verifierMessage: [UInt8]?
    ) throws(VDAFError)
        -> VerifyTransition<Prio3VerifyState<Field>, Prio3VerifierShare<Field>, Prio3OutputShare<Field>>
    {
        guard state.jointRandSeed == verifierMessage else { throw .verificationFailed }
        return .finished(outputShare: Prio3OutputShare(state.outputShare))
    }
}
