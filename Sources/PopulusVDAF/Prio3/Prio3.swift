import PopulusKernels

/// Prio3: sums of measurements that a validity circuit checks.
///
/// One value of this serves all reports of a task: it holds tables that verification shares.
///
/// Spec: VDAF §7.
package struct Prio3<Circuit: Valid>: Sendable {
    package typealias Field = Circuit.Field
    package typealias Seed = [UInt8]

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    package let id: UInt32
    package let shares: Int
    /// Proofs of each measurement.
    package let proofs: Int
    package let flp: Flp<Circuit>
    let sharesInverse: Field

    package static var nonceSize: Int { 16 }
    package static var seedSize: Int { XofTurboShake128.seedSize }

    /// - Throws: `.parameterOutOfRange` unless `shares` is in `[2, 255]`, `proofs` in `[1, 255]`, and all proofs of a
    ///   measurement have at most 2^20 elements together.
    package init(id: UInt32, circuit: Circuit, proofs: Int = 1, shares: Int = 2) throws(VDAFError) {
        guard (2...255).contains(shares) else {
            throw .parameterOutOfRange("number of aggregators", allowed: "2 to 255")
        }
        guard (1...255).contains(proofs) else { throw .parameterOutOfRange("number of proofs", allowed: "1 to 255") }
        guard Flp.proofLength(of: circuit) <= CircuitLimits.proofsLength / proofs else {
            throw .parameterOutOfRange(
                "length of the proofs", allowed: "at most \(CircuitLimits.proofsLength) elements; mind the chunk length"
            )
        }
        self.id = id
        self.shares = shares
        self.proofs = proofs
        flp = Flp(circuit)
        sharesInverse = Field(UInt64(shares)).inverse
    }

    package var circuit: Circuit { flp.circuit }
    package var rounds: Int { 1 }
    package var nonceSize: Int { Self.nonceSize }
    package var verifyKeySize: Int { Self.seedSize }
    package var randSize: Int { shares * Self.seedSize * (hasJointRand ? 2 : 1) }

    /// Whether proofs need randomness that both prover and verifiers derive from the shares.
    package var hasJointRand: Bool { flp.jointRandLength > 0 }

    /// What a hash of Prio3 is for.
    package enum Usage: UInt16, Sendable {
        case measurementShare = 1
        case proofShare = 2
        case jointRandomness = 3
        case proveRandomness = 4
        case queryRandomness = 5
        case jointRandSeed = 6
        case jointRandPart = 7
    }

    /// Spec: VDAF §5 (`domain_separation_tag`).
    package func domainSeparationTag(_ usage: Usage, ctx: [UInt8]) -> [UInt8] {
        VDAFSpecification.domainSeparationTag(.vdaf, algorithm: id, usage: usage.rawValue, ctx: ctx)
    }
}
