/// Integers in `[0, maximum]` as zeros and ones with weights.
///
/// The weights are powers of two, but for the last, which is such that all add up to `maximum`: no zeros and ones stand
/// for an integer out of range.
///
/// Spec: VDAF §7.4.2 (`encode_range_checked_int`, `decode_range_checked_int`).
struct RangeCheckedInteger<Field: NTTFriendlyField>: Sendable {
    let maximum: UInt64
    /// Elements of an encoded integer, at most 64.
    let bits: Int
    /// The weight of each element.
    let weights: [Field]
    private let lastWeight: UInt64

    /// - Precondition: `maximum > 0`.
    init(maximum: UInt64) {
        precondition(maximum > 0)
        self.maximum = maximum
        bits = UInt64.bitWidth - maximum.leadingZeroBitCount
        lastWeight = maximum - ((1 << UInt64(bits - 1)) - 1)
        weights = (0..<bits - 1).map { Field(1 << UInt64($0)) } + [Field(lastWeight)]
    }

    /// Appends the encoding of `value`.
    ///
    /// Constant-time.
    ///
    /// - Precondition: `value <= maximum`.
    func encode(_ value: UInt64, into elements: inout [Field]) {
        precondition(value <= maximum)
        // Whether value is above what the other elements can stand for: the borrow of their sum less value.
        let (_, isAbove) = ((1 << UInt64(bits - 1)) - 1).subtractingReportingOverflow(value)
        let last: UInt64 = isAbove ? 1 : 0
        let rest = value &- (lastWeight & (0 &- last))
        for i in 0..<bits - 1 { elements.append(Field(rest >> UInt64(i) & 1)) }
        elements.append(Field(last))
    }

    /// The integer of encoded elements, or a share of it of shares.
    ///
    /// - Precondition: `elements` has `bits` elements from `offset` on.
    @inline(__always)
    func decode(_ elements: Span<Field>, at offset: Int) -> Field {
        var sum = Field.zero
        for i in 0..<bits { sum += weights[i] * elements[offset + i] }
        return sum
    }
}
