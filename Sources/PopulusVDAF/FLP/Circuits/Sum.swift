/// That a measurement is in `[0, maximum]`; the result is the sum.
///
/// The sum is taken modulo the field's size, 2^64 - 2^32 + 1: it is right as long as the number of reports times the
/// maximum is below that.
///
/// Spec: VDAF §7.4.2.
package struct Sum: Valid {
    package typealias Field = Field64

    package let gadget = PolyEval<Field>([0, -1, 1])
    private let integer: RangeCheckedInteger<Field>

    /// - Throws: `.parameterOutOfRange` unless `maxMeasurement` is in `[1, 2^63 - 1]`.
    package init(maxMeasurement: UInt64) throws(VDAFError) {
        guard (1...UInt64(Int64.max)).contains(maxMeasurement) else {
            throw .parameterOutOfRange("maximum measurement", allowed: "1 to \(Int64.max)")
        }
        integer = RangeCheckedInteger(maximum: maxMeasurement)
    }

    package var maxMeasurement: UInt64 { integer.maximum }
    package var gadgetCalls: Int { integer.bits }
    package var measurementLength: Int { integer.bits }
    package var jointRandLength: Int { 0 }
    package var outputLength: Int { 1 }
    package var evalOutputLength: Int { integer.bits }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> UInt64 {
        guard case .integer(let value) = measurement, value <= maxMeasurement else {
            throw .measurementOutOfRange(allowed: "an integer from 0 to \(maxMeasurement)")
        }
        return value
    }

    package func encode(_ measurement: UInt64) throws(VDAFError) -> [Field] {
        var elements: [Field] = []
        elements.reserveCapacity(measurementLength)
        integer.encode(try self.measurement(.integer(measurement)), into: &elements)
        return elements
    }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        var out: [Field] = []
        out.reserveCapacity(measurement.count)
        for i in measurement.indices { out.append(gadget.call(measurement.extracting(i..<i + 1))) }
        return out
    }

    package func truncate(_ measurement: [Field]) -> [Field] { [integer.decode(measurement.span, at: 0)] }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> UInt128 {
        try integers(aggregate, reportCount: reportCount, maximum: maxMeasurement)[0]
    }
}
