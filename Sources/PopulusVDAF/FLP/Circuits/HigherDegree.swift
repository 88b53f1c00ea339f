/// That a measurement is 0, 1 or 2, by a gadget of degree three; the result is the sum.
///
/// For known answers alone: it shows that proofs with gadgets of more than degree two are right.
package struct HigherDegree: Valid {
    package typealias Field = Field64

    /// `x * (x - 1) * (x - 2)`.
    package let gadget = PolyEval<Field>([0, 2, -3, 1])

    package init() {}

    package var gadgetCalls: Int { 1 }
    package var measurementLength: Int { 1 }
    package var jointRandLength: Int { 0 }
    package var outputLength: Int { 1 }
    package var evalOutputLength: Int { 1 }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> UInt64 {
        guard case .integer(let value) = measurement, value <= 2 else {
            throw .measurementOutOfRange(allowed: "an integer from 0 to 2")
        }
        return value
    }

    package func encode(_ measurement: UInt64) throws(VDAFError) -> [Field] {
        [Field(try self.measurement(.integer(measurement)))]
    }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field { [gadget.call(measurement)] }

    package func truncate(_ measurement: [Field]) -> [Field] { measurement }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> UInt128 {
        try integers(aggregate, reportCount: reportCount, maximum: 2)[0]
    }
}
