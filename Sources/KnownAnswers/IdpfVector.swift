import PopulusKernels
import PopulusVDAF

/// A known answer of the IDPF's key generation.
///
/// The keys are the random input.
package struct IdpfVector: Codable, Hashable, Sendable {
    package var bits: Int
    package var alpha: [Bool]
    /// Two decimal numbers for each level but the last.
    package var betaInner: [[String]]
    package var betaLeaf: [String]
    package var ctx: Hex
    package var nonce: Hex
    package var publicShare: Hex
    package var keys: [Hex]

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case bits, alpha, ctx, nonce, keys
        case betaInner = "beta_inner"
        case betaLeaf = "beta_leaf"
        case publicShare = "public_share"
    }

    package init(
        bits: Int, alpha: [Bool], betaInner: [[String]], betaLeaf: [String], ctx: Hex, nonce: Hex, publicShare: Hex,
        keys: [Hex]
    ) {
        self.bits = bits
        self.alpha = alpha
        self.betaInner = betaInner
        self.betaLeaf = betaLeaf
        self.ctx = ctx
        self.nonce = nonce
        self.publicShare = publicShare
        self.keys = keys
    }

    /// The public share that key generation makes of the inputs.
    package func generate() throws -> IdpfPublicShare {
        guard (1...Poplar1.maximumBits).contains(bits) else { throw KnownAnswerFailure("bits is out of range") }
        guard keys.count == 2, keys.allSatisfy({ $0.bytes.count == IdpfBBCGGI21.keySize }) else {
            throw KnownAnswerFailure("there are not two keys of 16 bytes")
        }
        let rand = keys.flatMap(\.bytes)
        return try IdpfBBCGGI21(bits: bits).gen(
            alpha: Prefix(bits: alpha), betaInner: betaInner.map { try value($0) }, betaLeaf: value(betaLeaf),
            ctx: ctx.bytes, nonce: nonce.bytes, rand: rand.span
        ).publicShare
    }

    func check() throws {
        let generated = try generate()
        try expect(generated.encode(), publicShare, "public_share")
        guard try IdpfPublicShare(decoding: publicShare.bytes, bits: bits) == generated else {
            throw KnownAnswerFailure("public_share decodes to something else")
        }
        for level in 0..<bits { try checkEvaluation(generated, level: level) }
    }

    /// Both keys together give the value on the path to `alpha`, and zero beside it.
    private func checkEvaluation(_ publicShare: IdpfPublicShare, level: Int) throws {
        let idpf = IdpfBBCGGI21(bits: bits)
        let onPath = Prefix(bits: alpha).ancestor(level: level)
        let beside = onPath.ancestor(level: level - 1).appending(!onPath.bit(level))
        let outputs = try (0..<2).map { id in
            let key = keys[id].bytes
            return try idpf.eval(
                aggregatorID: id, publicShare: publicShare, key: Block(key.span), level: level,
                prefixes: [onPath, beside], ctx: ctx.bytes, nonce: nonce.bytes)
        }
        let matches =
            switch (outputs[0], outputs[1]) {
            case (.inner(let left), .inner(let right)):
                try sums(left, right) == [value(betaInner[level]), IdpfValue(data: .zero, authenticator: .zero)]
            case (.leaf(let left), .leaf(let right)):
                try sums(left, right) == [value(betaLeaf), IdpfValue(data: .zero, authenticator: .zero)]
            default: false
            }
        guard matches else { throw KnownAnswerFailure("evaluation at level \(level) does not give the value") }
    }

    private func sums<F: FieldElement>(_ left: [IdpfValue<F>], _ right: [IdpfValue<F>]) -> [IdpfValue<F>] {
        zip(left, right).map {
            IdpfValue(data: $0.data + $1.data, authenticator: $0.authenticator + $1.authenticator)
        }
    }

    private func value<F: FieldElement>(_ numbers: [String]) throws(KnownAnswerFailure) -> IdpfValue<F> {
        guard numbers.count == 2, let data: F = parse(numbers[0]), let authenticator: F = parse(numbers[1]) else {
            throw KnownAnswerFailure("a value is not two decimal numbers")
        }
        return IdpfValue(data: data, authenticator: authenticator)
    }

    private func parse<F: FieldElement>(_ decimal: String) -> F? {
        guard !decimal.isEmpty, decimal.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return decimal.reduce(F.zero) { $0 * F(10) + F(UInt64($1.wholeNumberValue ?? 0)) }
    }
}
