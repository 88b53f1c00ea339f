/// That a vector is of zeros and at most `maxWeight` ones; the result is how many measurements have a one at each place.
///
/// Spec: VDAF §7.4.5.
package struct MultihotCountVec: Valid {
    package typealias Field = Field128

    package let length: Int
    package let gadget: ParallelSum<Mul<Field>>
    private let weight: RangeCheckedInteger<Field>
    private let checks: BitChecks<Field>

    /// - Throws: `.parameterOutOfRange` unless `length` is at least 1, `chunkLength` in `[1, 2^18]`, `maxWeight` is in
    ///   `[1, length]`, and an encoded measurement has at most 2^20 elements.
    package init(length: Int, maxWeight: UInt64, chunkLength: Int) throws(VDAFError) {
        try CircuitLimits.check(length: length)
        try CircuitLimits.check(chunkLength: chunkLength)
        guard maxWeight >= 1, maxWeight <= UInt64(length) else {
            throw .parameterOutOfRange("maximum weight", allowed: "1 to the length, \(length)")
        }
        weight = RangeCheckedInteger(maximum: maxWeight)
        guard length + weight.bits <= CircuitLimits.measurementLength else {
            throw .parameterOutOfRange("length", allowed: "1 to \(CircuitLimits.measurementLength - weight.bits)")
        }
        self.length = length
        checks = BitChecks(length: length + weight.bits, chunkLength: chunkLength)
        gadget = checks.gadget
    }

    package var maxWeight: UInt64 { weight.maximum }
    package var chunkLength: Int { checks.chunkLength }
    package var gadgetCalls: Int { checks.calls }
    package var measurementLength: Int { checks.length }
    package var jointRandLength: Int { checks.calls }
    package var outputLength: Int { length }
    package var evalOutputLength: Int { 2 }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> [Bool] {
        guard case .vector(let values) = measurement, values.count == length, values.allSatisfy({ $0 <= 1 }),
            values.reduce(0, +) <= maxWeight
        else { throw outOfRange }
        return values.map { $0 == 1 }
    }

    private var outOfRange: VDAFError {
        .measurementOutOfRange(allowed: "\(length) zeros and ones, at most \(maxWeight) of them ones")
    }

    package func encode(_ measurement: [Bool]) throws(VDAFError) -> [Field] {
        guard measurement.count == length else { throw outOfRange }
        var elements: [Field] = []
        elements.reserveCapacity(measurementLength)
        var ones: UInt64 = 0
        for isOne in measurement {
            let bit: UInt64 = isOne ? 1 : 0
            ones += bit
            elements.append(Field(bit))
        }
        guard ones <= maxWeight else { throw outOfRange }
        weight.encode(ones, into: &elements)
        return elements
    }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        let check = checks.eval(measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &gadget)
        var ones = Field.zero
        for i in 0..<length { ones += measurement[i] }
        return [check, ones - weight.decode(measurement, at: length)]
    }

    package func truncate(_ measurement: [Field]) -> [Field] { Array(measurement[..<length]) }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> [UInt128] {
        try integers(aggregate, reportCount: reportCount, maximum: 1)
    }
}
