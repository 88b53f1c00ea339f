/// The fully linear proof of a validity circuit: its lengths, and tables that all reports share.
///
/// Spec: VDAF §7.3.
package struct Flp<Circuit: Valid>: Sendable {
    package typealias Field = Circuit.Field

    package let circuit: Circuit
    package let gadget: Circuit.CircuitGadget
    /// Values of a wire polynomial, one a gadget call and one before: a power of two.
    let wireLength: Int
    /// Values of the gadget polynomial that a proof carries.
    let gadgetLength: Int
    /// The order of the root of unity at whose powers those are: a power of two.
    let gadgetOrder: Int
    let wireNodes: LagrangeNodes<Field>
    let gadgetNodes: LagrangeNodes<Field>
    let wireExtension: WireExtension<Field>

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
        wireLength = Self.nextPowerOf2(1 + circuit.gadgetCalls)
        gadgetLength = gadget.degree * (wireLength - 1) + 1
        gadgetOrder = Self.nextPowerOf2(gadgetLength)
        wireNodes = LagrangeNodes(order: wireLength, count: wireLength)
        gadgetNodes = LagrangeNodes(order: gadgetOrder, count: gadgetLength)
        wireExtension = WireExtension(length: wireLength, factor: gadgetOrder / wireLength)
        measurementLength = circuit.measurementLength
        outputLength = circuit.outputLength
        jointRandLength = circuit.jointRandLength
        proveRandLength = gadget.arity
        queryRandLength = 1 + (circuit.evalOutputLength > 1 ? circuit.evalOutputLength : 0)
        proofLength = gadget.arity + gadgetLength
        verifierLength = 2 + gadget.arity
    }

    /// Values of the gadget polynomial from one gadget call to the next.
    var step: Int { gadgetOrder / wireLength }

    /// - Precondition: `0 < n`, and the power is an integer.
    private static func nextPowerOf2(_ n: Int) -> Int { 1 << (Int.bitWidth - (n - 1).leadingZeroBitCount) }
}
