/// That every element of a vector is zero or one, by chunks: a random linear combination of `x * (x - 1)` of each.
///
/// The gadget calls of SumVec, Histogram and MultihotCountVec.
struct BitChecks<Field: NTTFriendlyField>: Sendable {
    let length: Int
    let chunkLength: Int

    /// Gadget calls, and elements of joint randomness.
    var calls: Int { length / chunkLength + (length % chunkLength == 0 ? 0 : 1) }

    var gadget: ParallelSum<Mul<Field>> { ParallelSum(Mul(), count: chunkLength) }

    /// Zero for bits, with overwhelming probability only for bits.
    ///
    /// Spec: VDAF §7.4.3 (`eval`).
    @inline(__always)
    func eval<Caller: GadgetCaller>(
        _ elements: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> Field where Caller.Field == Field {
        var out = Field.zero
        for call in 0..<calls {
            let start = call * chunkLength
            out += gadget.callBitChecks(
                elements.extracting(start..<min(start + chunkLength, length)), chunkLength: chunkLength,
                r: jointRand[call], sharesInverse: sharesInverse)
        }
        return out
    }
}
