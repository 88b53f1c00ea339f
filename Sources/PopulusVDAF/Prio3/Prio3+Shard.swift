import PopulusKernels

extension Prio3 {
    /// Splits a measurement between the aggregators.
    ///
    /// Constant-time in the measurement, once it is found to be in range, and in `rand`, but for the rejection of random
    /// numbers at or above the modulus.
    ///
    /// `nonce` is the report ID; `rand` is `randSize` fresh random bytes.
    ///
    /// - Throws: `.measurementOutOfRange`, `.wrongSize`, `.contextTooLong`.
    ///
    /// Spec: VDAF §7.2.1.
    @specialized(where Circuit == Count)
    @specialized(where Circuit == Sum)
    @specialized(where Circuit == SumVec<Field128>)
    @specialized(where Circuit == SumVec<Field64>)
    @specialized(where Circuit == Histogram)
    @specialized(where Circuit == MultihotCountVec)
    package func shard(
        ctx: [UInt8], measurement: Circuit.Measurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<Prio3PublicShare, Prio3InputShare<Field>> {
        var encoded = try circuit.encode(measurement)
        defer { encoded.wipe() }
        return try shard(ctx: ctx, encodedMeasurement: encoded, nonce: nonce, rand: rand)
    }

    /// As `shard` does once a measurement is encoded: makes a report that will not verify of one that is not valid.
    ///
    /// - Throws: `.wrongSize`, `.wrongElementCount`, `.contextTooLong`.
    @specialized(where Circuit == Count)
    @specialized(where Circuit == Sum)
    @specialized(where Circuit == SumVec<Field128>)
    @specialized(where Circuit == SumVec<Field64>)
    @specialized(where Circuit == Histogram)
    @specialized(where Circuit == MultihotCountVec)
    package func shard(
        ctx: [UInt8], encodedMeasurement encoded: [Field], nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<Prio3PublicShare, Prio3InputShare<Field>> {
        guard nonce.count == nonceSize, rand.count == randSize else { throw .wrongSize }
        guard encoded.count == flp.measurementLength else { throw .wrongElementCount }
        let randomness = Randomness(rand, shares: shares, hasJointRand: hasJointRand)

        var leaderMeasurement = encoded
        var parts: [Seed] = []
        for id in 1..<shares {
            var share = try helperMeasurementShare(ctx: ctx, aggregatorID: id, seed: randomness.shares[id - 1])
            defer { share.wipe() }
            leaderMeasurement.subtract(share)
            if hasJointRand {
                parts.append(
                    try jointRandPart(
                        ctx: ctx, aggregatorID: id, blind: randomness.blinds[id], measurementShare: share,
                        nonce: nonce))
            }
        }
        var jointRands: [Field] = []
        if hasJointRand {
            let leaderPart = try jointRandPart(
                ctx: ctx, aggregatorID: 0, blind: randomness.blinds[0], measurementShare: leaderMeasurement,
                nonce: nonce)
            parts.insert(leaderPart, at: 0)
            let seed = try jointRandSeed(ctx: ctx, parts: parts.flatMap { $0 })
            jointRands = try self.jointRands(ctx: ctx, seed: seed)
        }

        var leaderProofs = try prove(encoded, ctx: ctx, seed: randomness.prove, jointRands: jointRands)
        for id in 1..<shares {
            var share = try helperProofsShare(ctx: ctx, aggregatorID: id, seed: randomness.shares[id - 1])
            leaderProofs.subtract(share)
            share.wipe()
        }
        var inputShares: [Prio3InputShare<Field>] = []
        inputShares.reserveCapacity(shares)
        inputShares.append(
            .leader(
                measurementShare: leaderMeasurement, proofsShare: leaderProofs, blind: randomness.blinds.first))
        for id in 1..<shares {
            inputShares.append(
                .helper(seed: randomness.shares[id - 1], blind: hasJointRand ? randomness.blinds[id] : nil))
        }
        return VdafReport(
            publicShare: Prio3PublicShare(jointRandParts: parts.flatMap { $0 }), inputShares: inputShares)
    }

    /// All proofs, end to end.
    private func prove(
        _ measurement: [Field], ctx: [UInt8], seed: Seed, jointRands: [Field]
    ) throws(VDAFError) -> [Field] {
        var proveRands = try self.proveRands(ctx: ctx, seed: seed)
        defer { proveRands.wipe() }
        let (prove, joint) = (flp.proveRandLength, flp.jointRandLength)
        let (proveSpan, jointSpan) = (proveRands.span, jointRands.span)
        var proofs: [Field] = []
        for i in 0..<self.proofs {
            let proof = flp.prove(
                measurement: measurement.span, proveRand: proveSpan.extracting(i * prove..<(i + 1) * prove),
                jointRand: jointSpan.extracting(i * joint..<(i + 1) * joint))
            if self.proofs == 1 { return proof }
            proofs.append(contentsOf: proof)
        }
        return proofs
    }

    /// The parts of `rand`.
    private struct Randomness {
        /// Of all aggregators but the Leader.
        var shares: [Seed] = []
        /// Of all aggregators; empty where there is no joint randomness.
        var blinds: [Seed] = []
        let prove: Seed

        init(_ rand: [UInt8], shares: Int, hasJointRand: Bool) {
            let size = XofTurboShake128.seedSize
            let seeds = stride(from: 0, to: rand.count, by: size).map { Array(rand[$0..<$0 + size]) }
            prove = seeds[seeds.count - 1]
            guard hasJointRand else {
                self.shares = Array(seeds[..<(shares - 1)])
                return
            }
            blinds = [seeds[2 * (shares - 1)]]
            for i in 0..<shares - 1 {
                self.shares.append(seeds[2 * i])
                blinds.append(seeds[2 * i + 1])
            }
        }
    }
}

extension Array where Element: FieldElement {
    /// Subtracts element by element.
    ///
    /// - Precondition: `other` has as many elements.
    mutating func subtract(_ other: [Element]) {
        precondition(count == other.count)
        var elements = mutableSpan
        for i in other.indices { elements[i] -= other[i] }
    }

    /// Adds element by element.
    ///
    /// - Throws: `.wrongElementCount`.
    mutating func add(_ other: [Element]) throws(VDAFError) {
        guard count == other.count else { throw .wrongElementCount }
        var elements = mutableSpan
        for i in other.indices { elements[i] += other[i] }
    }
}
