/// The fully linear proof of a validity circuit: its lengths, and tables that all reports share.
///
/// Spec: VDAF §7.3.
package struct Flp<Circuit: Valid>: Sendable {
    package typealias Field = Circuit.Field

    package let circuit: Circuit
    package let gadget: Circuit.CircuitGadget
    /// Values of the gadget polynomial that a proof carries.
    let gadgetLength: Int
    /// Of the wire polynomials, of the gadget polynomial, and those between: each is twice the one before.
    let domains: [EvaluationDomain<Field>]

    package let measurementLength: Int
    package let outputLength: Int
    package let jointRandLength: Int
    package let proveRandLength: Int
    package let queryRandLength: Int
    package let proofLength: Int
    package let verifierLength: Int

    package init(_ circuit: Circuit) {
        self.circuit = circuit
        gadget = circuit.gadget
        let wireDomain = EvaluationDomain<Field>(atLeast: 1 + circuit.gadgetCalls)
        gadgetLength = Self.gadgetLength(of: circuit)
        var domains = [wireDomain]
        while domains[domains.count - 1].count < gadgetLength {
            domains.append(EvaluationDomain(logCount: wireDomain.logCount + domains.count))
        }
        self.domains = domains
        measurementLength = circuit.measurementLength
        outputLength = circuit.outputLength
        jointRandLength = circuit.jointRandLength
        proveRandLength = gadget.arity
        queryRandLength = 1 + (circuit.evalOutputLength > 1 ? circuit.evalOutputLength : 0)
        proofLength = Self.proofLength(of: circuit)
        verifierLength = 2 + gadget.arity
    }

    /// The roots of unity at which the wire polynomials are given: one a gadget call, and one before.
    var wireDomain: EvaluationDomain<Field> { domains[0] }

    /// The roots of unity at which the gadget polynomial is given.
    var gadgetDomain: EvaluationDomain<Field> { domains[domains.count - 1] }

    /// Values of the gadget polynomial from one gadget call to the next.
    var step: Int { 1 << (domains.count - 1) }

    /// Values of a circuit's gadget polynomial that a proof carries.
    private static func gadgetLength(of circuit: Circuit) -> Int {
        let wireLength = 1 << (Int.bitWidth - circuit.gadgetCalls.leadingZeroBitCount)
        return circuit.gadget.degree * (wireLength - 1) + 1
    }

    /// Elements of a proof of the circuit, without making tables for it.
    static func proofLength(of circuit: Circuit) -> Int { circuit.gadget.arity + gadgetLength(of: circuit) }
}
