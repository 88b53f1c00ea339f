import PopulusKernels

/// What an aggregator keeps of one report between the rounds of verification.
///
/// Secret, and never encoded. Says nothing of its shares when printed.
public struct Poplar1VerifyState: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// The sum of the sketch shares is awaited. Holds the shares of `A` and `B`.
        case evaluateSketch(FieldVec)
        /// The verdict is awaited.
        case revealSketch
    }

    package let step: Step
    package let aggregatorID: Int
    package let level: Int
    /// One element per candidate, in candidate order.
    package let outputShare: FieldVec
}

extension Poplar1VerifyState: CustomStringConvertible, CustomReflectable {
    /// Nothing of the shares.
    public var description: String { "Poplar1VerifyState(level \(level), aggregator \(aggregatorID))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

package typealias Poplar1Transition = VerifyTransition<Poplar1VerifyState, FieldVec, FieldVec>

extension Poplar1 {
    /// Evaluates one report at the candidates: the state to keep, and the share of the sketch, three elements.
    ///
    /// As the specification has it, from the root on; `PrefixWalk` has the fast walk.
    ///
    /// Constant-time in the input share and the key, not in the candidates.
    ///
    /// - Throws: `.wrongSize`, `.aggregatorIDOutOfRange`, `.levelOutOfRange`, `.wrongBitCount`, `.duplicatePrefixes`,
    ///   `.wrongElementCount`, `.contextTooLong`.
    ///
    /// Spec: VDAF §8.2.2 (`verify_init`).
    public func verifyInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, aggregationParameter: Poplar1AggregationParameter,
        nonce: [UInt8], publicShare: IdpfPublicShare, inputShare: Poplar1InputShare
    ) throws(VDAFError) -> (state: Poplar1VerifyState, verifierShare: FieldVec) {
        guard verifyKey.count == Self.verifyKeySize, nonce.count == Self.nonceSize else { throw .wrongSize }
        guard inputShare.correlatedInner.count == Self.maskLength * (bits - 1),
            inputShare.correlatedLeaf.count == Self.maskLength,
            inputShare.correlatedSeed.count == XofTurboShake128.seedSize
        else { throw .wrongElementCount }
        let level = aggregationParameter.level
        let value = try idpf.eval(
            aggregatorID: aggregatorID, publicShare: publicShare, key: inputShare.idpfKey, level: level,
            prefixes: aggregationParameter.prefixes, ctx: ctx, nonce: nonce)
        let count = aggregationParameter.prefixes.count
        var verifyRandomness = try XofTurboShake128(
            seed: verifyKey, dst: Self.domainSeparationTag(.verifyRandomness, ctx: ctx),
            binder: nonce + Self.encodedLevel(level))
        var correlated = try XofTurboShake128(
            seed: inputShare.correlatedSeed,
            dst: Self.domainSeparationTag(isLeaf(level) ? .correlatedLeaf : .correlatedInner, ctx: ctx),
            binder: [UInt8(aggregatorID)] + nonce)

        let (masks, output, sketch): (FieldVec, FieldVec, FieldVec)
        switch value {
        case .inner(let values):
            let triple = nextInner(&correlated, count: Self.tripleLength * (level + 1)).suffix(Self.tripleLength)
            let r = nextInner(&verifyRandomness, count: count)
            masks = .inner(Array(inputShare.correlatedInner[Self.maskLength * level..<Self.maskLength * (level + 1)]))
            output = .inner(values.map { $0.data })
            sketch = .inner(Self.sketch(of: values, with: r, maskedBy: Array(triple)))
        case .leaf(let values):
            let triple = correlated.nextVec(Field255.self, count: Self.tripleLength)
            let r = verifyRandomness.nextVec(Field255.self, count: count)
            masks = .leaf(inputShare.correlatedLeaf)
            output = .leaf(values.map { $0.data })
            sketch = .leaf(Self.sketch(of: values, with: r, maskedBy: triple))
        }
        let state = Poplar1VerifyState(
            step: .evaluateSketch(masks), aggregatorID: aggregatorID, level: level, outputShare: output)
        return (state, sketch)
    }

    /// The masked sketch: `a + sum(data * r)`, `b + sum(data * r^2)`, `c + sum(authenticator * r)`.
    private static func sketch<F: FieldElement>(
        of values: [IdpfValue<F>], with randomness: [F], maskedBy triple: [F]
    ) -> [F] {
        var (first, second, third) = (triple[0], triple[1], triple[2])
        for (value, r) in zip(values, randomness) {
            let product = value.data * r
            first += product
            second += product * r
            third += value.authenticator * r
        }
        return [first, second, third]
    }

    /// Adds the shares of the sketch after the first round, or checks that they cancel after the second.
    ///
    /// Nil stands for a sketch that verifies.
    ///
    /// - Throws: `.verificationFailed`, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.2 (`verifier_shares_to_message`).
    package func verifierSharesToMessage(
        aggregationParameter: Poplar1AggregationParameter, verifierShares: [FieldVec]
    ) throws(VDAFError) -> FieldVec? {
        guard verifierShares.count == Self.shares else { throw .wrongElementCount }
        guard verifierShares[0].isLeaf == isLeaf(aggregationParameter.level) else { throw .wrongField }
        var sketch = verifierShares[0]
        try sketch.add(verifierShares[1])
        switch sketch.count {
        case Self.sketchLength: return sketch
        case Self.verdictLength:
            guard sketch == .zeros(isLeaf: sketch.isLeaf, count: Self.verdictLength) else { throw .verificationFailed }
            return nil
        default: throw .wrongElementCount
        }
    }

    /// Takes the message of a round: the next share, of one element, or the output share.
    ///
    /// - Throws: `.unexpectedMessage`, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.2 (`verify_next`).
    package func verifyNext(
        state: Poplar1VerifyState, verifierMessage: FieldVec?
    ) throws(VDAFError) -> Poplar1Transition {
        switch (state.step, verifierMessage) {
        case (.revealSketch, nil): return .finished(outputShare: state.outputShare)
        case (.evaluateSketch(let masks), let sketch?):
            guard sketch.count == Self.sketchLength else { throw .wrongElementCount }
            let share: FieldVec
            switch (masks.elements, sketch.elements) {
            case (.inner(let masks), .inner(let sketch)):
                share = .inner([Self.verdict(sketch, masks, aggregatorID: state.aggregatorID)])
            case (.leaf(let masks), .leaf(let sketch)):
                share = .leaf([Self.verdict(sketch, masks, aggregatorID: state.aggregatorID)])
            default: throw .wrongField
            }
            let next = Poplar1VerifyState(
                step: .revealSketch, aggregatorID: state.aggregatorID, level: state.level,
                outputShare: state.outputShare)
            return .next(next, verifierShare: share)
        default: throw .unexpectedMessage
        }
    }

    /// This aggregator's share of zero, if the report is valid.
    private static func verdict<F: FieldElement>(_ sketch: [F], _ masks: [F], aggregatorID: Int) -> F {
        let square = sketch[0] * sketch[0] - sketch[1] - sketch[2]
        return F(UInt64(aggregatorID)) * square + masks[0] * sketch[0] + masks[1]
    }
}
