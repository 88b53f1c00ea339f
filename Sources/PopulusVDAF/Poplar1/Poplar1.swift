import PopulusKernels

/// Poplar1: how many of the inputs, each of `bits` bits, begin with each of some candidate prefixes.
///
/// For two aggregators, in two rounds. The measurement is a `Prefix` of all `bits` bits; the result has one count a
/// candidate, in candidate order. Aggregating a report with ever longer candidates is what it is for, and dangerous:
/// `isValid` checks what the specification does, no more.
///
/// Spec: VDAF §8.
public struct Poplar1: Sendable {
    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public static let id: UInt32 = 6
    /// Bytes of a nonce: 16.
    public static let nonceSize = 16
    /// Aggregators: 2.
    public static let shares = 2
    /// Rounds of verification: 2.
    public static let rounds = 2
    /// Bytes of a verification key: 32.
    public static let verifyKeySize = XofTurboShake128.seedSize
    /// Bytes of what `shard` takes as randomness: 128.
    public static let randSize = IdpfBBCGGI21.randSize + 3 * XofTurboShake128.seedSize
    /// The most bits of an input, 65,536: levels are two bytes on the wire.
    public static let maximumBits = 1 << 16

    /// Bits of an input.
    public let bits: Int

    /// Draws of Field64 at or above this are redrawn: the modulus, unless a test lowers it to see rejections, which
    /// else come once in 2^32 draws.
    ///
    /// Everything works with any limit, as long as all parties use the same.
    package let samplingLimit: UInt64

    let idpf: IdpfBBCGGI21

    /// Poplar1 for inputs of `bits` bits.
    ///
    /// - Throws: `.wrongBitCount` unless `bits` is in `[1, 2^16]`.
    public init(bits: Int) throws(VDAFError) { try self.init(bits: bits, samplingLimit: Field64.modulus) }

    /// - Throws: `.wrongBitCount` unless `bits` is in `[1, 2^16]`.
    package init(bits: Int, samplingLimit: UInt64) throws(VDAFError) {
        guard (1...Self.maximumBits).contains(bits) else { throw .wrongBitCount }
        self.bits = bits
        self.samplingLimit = samplingLimit
        idpf = IdpfBBCGGI21(bits: bits, samplingLimit: samplingLimit)
    }

    /// Bytes of an encoded public share.
    public var publicShareSize: Int { Self.publicShareLayout(bits: bits).size }

    /// Bytes of an encoded input share.
    package var inputShareSize: Int { Self.inputShareLayout(bits: bits).size }

    /// Whether values at `level` are of Field255 rather than Field64.
    package func isLeaf(_ level: Int) -> Bool { Self.isLeaf(level, bits: bits) }

    /// Bytes of an encoded field element at `level`.
    package func elementSize(level: Int) -> Int { Self.sizes(level: level, bits: bits).element }

    /// What a hash of Poplar1 is for.
    ///
    /// Spec: VDAF §8.2.
    package enum Usage: UInt16, Sendable {
        case shardRandomness = 1
        case correlatedInner = 2
        case correlatedLeaf = 3
        case verifyRandomness = 4
    }

    /// Spec: VDAF §5 (`domain_separation_tag`).
    package static func domainSeparationTag(_ usage: Usage, ctx: [UInt8]) -> [UInt8] {
        VDAFSpecification.domainSeparationTag(.vdaf, algorithm: id, usage: usage.rawValue, ctx: ctx)
    }

    /// The next elements of an inner level's stream.
    func nextInner(_ xof: inout XofTurboShake128, count: Int) -> [Field64] {
        xof.nextVec(Field64.self, count: count) { $0.value < samplingLimit }
    }
}
