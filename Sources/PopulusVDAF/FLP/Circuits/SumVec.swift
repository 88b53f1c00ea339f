/// That each element of a vector is in `[0, maximum]`; the result is the sum of the vectors.
///
/// Spec: VDAF §7.4.3.
package struct SumVec<Field: NTTFriendlyField>: Valid {
    package let length: Int
    package let gadget: ParallelSum<Mul<Field>>
    private let integer: RangeCheckedInteger<Field>
    private let checks: BitChecks<Field>

    /// - Throws: `.parameterOutOfRange` unless `length` is at least 1, `chunkLength` in `[1, 2^18]`, `maxMeasurement` at
    ///   least 1 and of fewer bits than the field's modulus, and an encoded measurement has at most 2^20 elements.
    package init(length: Int, maxMeasurement: UInt64, chunkLength: Int) throws(VDAFError) {
        try CircuitLimits.check(length: length)
        try CircuitLimits.check(chunkLength: chunkLength)
        let largest = Field.encodedSize > 8 ? UInt64.max : UInt64(Int64.max)
        guard (1...largest).contains(maxMeasurement) else {
            throw .parameterOutOfRange("maximum measurement", allowed: "1 to \(largest)")
        }
        integer = RangeCheckedInteger(maximum: maxMeasurement)
        let longest = CircuitLimits.measurementLength / integer.bits
        guard length <= longest else {
            throw .parameterOutOfRange("length", allowed: "1 to \(longest) with this maximum measurement")
        }
        self.length = length
        checks = BitChecks(length: length * integer.bits, chunkLength: chunkLength)
        gadget = checks.gadget
    }

    package var maxMeasurement: UInt64 { integer.maximum }
    package var chunkLength: Int { checks.chunkLength }
    package var gadgetCalls: Int { checks.calls }
    package var measurementLength: Int { checks.length }
    package var jointRandLength: Int { checks.calls }
    package var outputLength: Int { length }
    package var evalOutputLength: Int { 1 }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> [UInt64] {
        guard case .vector(let values) = measurement, values.count == length,
            values.allSatisfy({ $0 <= maxMeasurement })
        else { throw .measurementOutOfRange(allowed: "\(length) integers from 0 to \(maxMeasurement)") }
        return values
    }

    package func encode(_ measurement: [UInt64]) throws(VDAFError) -> [Field] {
        var elements: [Field] = []
        elements.reserveCapacity(measurementLength)
        for value in try self.measurement(.vector(measurement)) { integer.encode(value, into: &elements) }
        return elements
    }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        [checks.eval(measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &gadget)]
    }

    package func truncate(_ measurement: [Field]) -> [Field] {
        // Of one bit, the weight is 1.
        if integer.bits == 1 { return measurement }
        var truncated: [Field] = []
        truncated.reserveCapacity(length)
        let elements = measurement.span
        for i in 0..<length { truncated.append(integer.decode(elements, at: i * integer.bits)) }
        return truncated
    }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> [UInt128] {
        try integers(aggregate, reportCount: reportCount, maximum: maxMeasurement)
    }
}
