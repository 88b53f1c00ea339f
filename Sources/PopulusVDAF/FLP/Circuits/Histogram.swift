/// That a vector is one for one bucket and zero for the others; the result is how many measurements each bucket has.
///
/// Spec: VDAF §7.4.4.
package struct Histogram: Valid {
    package typealias Field = Field128

    package let gadget: ParallelSum<Mul<Field>>
    private let checks: BitChecks<Field>

    /// - Throws: `.parameterOutOfRange` unless `length` is in `[1, 2^20]` and `chunkLength` in `[1, 2^18]`.
    package init(length: Int, chunkLength: Int) throws(VDAFError) {
        try CircuitLimits.check(length: length)
        try CircuitLimits.check(chunkLength: chunkLength)
        checks = BitChecks(length: length, chunkLength: chunkLength)
        gadget = checks.gadget
    }

    /// Buckets.
    package var length: Int { checks.length }
    package var chunkLength: Int { checks.chunkLength }
    package var gadgetCalls: Int { checks.calls }
    package var measurementLength: Int { checks.length }
    package var jointRandLength: Int { checks.calls }
    package var outputLength: Int { checks.length }
    package var evalOutputLength: Int { 2 }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> UInt64 {
        guard case .integer(let bucket) = measurement, bucket < UInt64(length) else {
            throw .measurementOutOfRange(allowed: "a bucket from 0 to \(length - 1)")
        }
        return bucket
    }

    package func encode(_ measurement: UInt64) throws(VDAFError) -> [Field] {
        let bucket = try self.measurement(.integer(measurement))
        return (0..<UInt64(length)).map { Field.one & Self.maskIfZero($0 ^ bucket) }
    }

    /// All ones for zero, zero for anything else.
    private static func maskIfZero(_ word: UInt64) -> UInt64 { ((word | (0 &- word)) >> 63) &- 1 }

    package func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        let check = checks.eval(measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &gadget)
        var sum = -sharesInverse
        for i in measurement.indices { sum += measurement[i] }
        return [check, sum]
    }

    package func truncate(_ measurement: [Field]) -> [Field] { measurement }

    package func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> [UInt128] {
        try integers(aggregate, reportCount: reportCount, maximum: 1)
    }
}
