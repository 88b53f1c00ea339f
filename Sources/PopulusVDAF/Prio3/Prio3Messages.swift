import PopulusKernels

/// The parts of the joint randomness, one an aggregator; nothing where there is none.
///
/// Spec: VDAF §7.2.7.1.
package struct Prio3PublicShare: Hashable, Sendable {
    /// Seeds laid end to end.
    package var jointRandParts: [UInt8]

    package init(jointRandParts: [UInt8]) { self.jointRandParts = jointRandParts }
}

/// One aggregator's secret share of a report.
///
/// Spec: VDAF §7.2.7.2.
package enum Prio3InputShare<Field: NTTFriendlyField>: Hashable, Sendable {
    /// Aggregator 0's. The blind is nil where there is no joint randomness.
    case leader(measurementShare: [Field], proofsShare: [Field], blind: [UInt8]?)
    /// Any other's: what both shares expand from.
    case helper(seed: [UInt8], blind: [UInt8]?)
}

extension Prio3InputShare {
    /// Whether it is aggregator 0's.
    var isLeaders: Bool { if case .leader = self { true } else { false } }
}

extension Prio3InputShare: Wipeable {
    package mutating func wipe() {
        let share = self
        // The parts have one owner each once this is another value.
        self = .helper(seed: [], blind: nil)
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
    package var description: String { "Prio3InputShare(redacted)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an aggregator keeps of one report until it has the verifier message.
package struct Prio3VerifyState<Field: NTTFriendlyField>: Hashable, Sendable {
    package let outputShare: [Field]
    /// What the verifier message must be; nil where there is no joint randomness.
    package let jointRandSeed: [UInt8]?
}

extension Prio3VerifyState: CustomStringConvertible, CustomReflectable {
    /// Nothing of the share.
    package var description: String { "Prio3VerifyState(redacted)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an aggregator tells the others of one report.
///
/// Spec: VDAF §7.2.7.3.
package struct Prio3VerifierShare<Field: NTTFriendlyField>: Hashable, Sendable {
    /// The shares of all proofs' verifiers, end to end.
    package let verifiers: [Field]
    /// Nil where there is no joint randomness.
    package let jointRandPart: [UInt8]?
}

extension Prio3VerifierShare: CustomStringConvertible, CustomReflectable {
    /// Nothing of the share.
    package var description: String { "Prio3VerifierShare(redacted)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Prio3 has no aggregation parameter.
///
/// Spec: VDAF §7.2.
package struct Prio3AggregationParameter: Hashable, Sendable {
    package init() {}
}

/// The elements of an output or aggregate share.
package struct Prio3OutputShare<Field: NTTFriendlyField>: Hashable, Sendable {
    package var elements: [Field]

    package init(_ elements: [Field]) { self.elements = elements }
}

extension Prio3OutputShare: CustomStringConvertible, CustomReflectable {
    /// The shape alone: the elements are shares.
    package var description: String { "Prio3OutputShare(\(elements.count) elements)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
