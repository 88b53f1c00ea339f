/// That a measurement is 0 or 1; the result is how many are 1.
///
/// Spec: VDAF §7.4.1.
package struct Count: Valid {
    package typealias Field = Field64

    package let gadget = Mul<Field>()

    package init() {}

    package var gadgetCalls: Int { 1 }
    package var measurementLength: Int { 1 }
    package var jointRandLength: Int { 0 }
    package var outputLength: Int { 1 }
    package var evalOutputLength: Int { 1 }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> UInt64 {
        guard case .integer(let value) = measurement, value <= 1 else {
            throw .measurementOutOfRange(allowed: "0 or 1")
        }
        return value
    }

    package func encode(_ measurement: UInt64) throws(VDAFError) -> [Field] {
        [Field(try self.measurement(.integer(measurement)))]
    }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        let wires: InlineArray<2, Field> = [measurement[0], measurement[0]]
        return [gadget.call(wires.span) - measurement[0]]
    }

    package func truncate(_ measurement: [Field]) -> [Field] { measurement }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> UInt128 {
        try integers(aggregate, reportCount: reportCount, maximum: 1)[0]
    }
}
