import PopulusKernels

/// The parts of the joint randomness, one an aggregator; nothing where there is none.
///
/// Not secret. The VDAF makes, encodes and decodes it.
///
/// Spec: VDAF §7.2.7.1.
public struct Prio3PublicShare: Hashable, Sendable {
    /// Seeds laid end to end.
    package var jointRandParts: [UInt8]

    package init(jointRandParts: [UInt8]) { self.jointRandParts = jointRandParts }
}

/// One aggregator's secret share of a report.
///
/// Says nothing when printed. `==` is not constant-time.
///
/// Spec: VDAF §7.2.7.2.
public struct Prio3InputShare<Field: Hashable & Sendable & BitwiseCopyable>: Hashable, Sendable {
    package enum Parts: Hashable, Sendable {
        /// Aggregator 0's. The blind is nil where there is no joint randomness.
        case leader(measurementShare: [Field], proofsShare: [Field], blind: [UInt8]?)
        /// Any other's: what both shares expand from.
        case helper(seed: [UInt8], blind: [UInt8]?)
    }

    package private(set) var parts: Parts
}

extension Prio3InputShare {
    package static func leader(measurementShare: [Field], proofsShare: [Field], blind: [UInt8]?) -> Self {
        Self(parts: .leader(measurementShare: measurementShare, proofsShare: proofsShare, blind: blind))
    }

    package static func helper(seed: [UInt8], blind: [UInt8]?) -> Self {
        Self(parts: .helper(seed: seed, blind: blind))
    }

    /// Whether it is aggregator 0's.
    var isLeaders: Bool { if case .leader = parts { true } else { false } }
}

extension Prio3InputShare: Wipeable {
    /// Overwrites the secret with zeros and lets go of it: for an owner that shares it with nobody.
    public mutating func wipe() {
        let share = parts
        // The parts have one owner each once this is another value.
        parts = .helper(seed: [], blind: nil)
        switch consume share {
        case .leader(var measurement, var proofs, var blind):
            measurement.wipe()
            proofs.wipe()
            blind?.wipe()
        case .helper(var seed, var blind):
            seed.wipe()
            blind?.wipe()
        }
    }
}

extension Prio3InputShare: CustomStringConvertible, CustomReflectable {
    /// Nothing of the secrets.
    public var description: String { "Prio3InputShare(redacted)" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an aggregator keeps of one report until it has the verifier message.
///
/// Secret, and never encoded. Says nothing when printed.
public struct Prio3VerifyState<Field: Hashable & Sendable & BitwiseCopyable>: Hashable, Sendable {
    package let outputShare: [Field]
    /// What the verifier message must be; nil where there is no joint randomness.
    package let jointRandSeed: [UInt8]?
}

extension Prio3VerifyState: CustomStringConvertible, CustomReflectable {
    /// Nothing of the share.
    public var description: String { "Prio3VerifyState(redacted)" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an aggregator tells the others of one report.
///
/// Says nothing when printed.
///
/// Spec: VDAF §7.2.7.3.
public struct Prio3VerifierShare<Field: Hashable & Sendable & BitwiseCopyable>: Hashable, Sendable {
    /// The shares of all proofs' verifiers, end to end.
    package let verifiers: [Field]
    /// Nil where there is no joint randomness.
    package let jointRandPart: [UInt8]?
}

extension Prio3VerifierShare: CustomStringConvertible, CustomReflectable {
    /// Nothing of the share.
    public var description: String { "Prio3VerifierShare(redacted)" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Prio3 has no aggregation parameter: this holds nothing.
///
/// Spec: VDAF §7.2.
public struct Prio3AggregationParameter: Hashable, Sendable {
    /// The only one.
    public init() {}
}

/// The elements of an output or aggregate share.
///
/// Secret. Prints the number of its elements alone.
public struct Prio3OutputShare<Field: Hashable & Sendable & BitwiseCopyable>: Hashable, Sendable {
    package var elements: [Field]

    package init(_ elements: [Field]) { self.elements = elements }
}

extension Prio3OutputShare: CustomStringConvertible, CustomReflectable {
    /// The shape alone: the elements are shares.
    public var description: String { "Prio3OutputShare(\(elements.count) elements)" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
