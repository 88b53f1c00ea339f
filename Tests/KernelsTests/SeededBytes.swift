import PopulusKernels

/// Reproducible bytes for tests, from a seed that failures print.
struct SeededBytes {
    private var sponge = TurboShake128()

    init(seed: UInt64) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> (8 * $0)) }
        sponge.absorb(bytes.span)
        sponge.finish(domain: 0x21)
    }

    mutating func next(_ count: Int) -> [UInt8] { sponge.squeeze(count) }

    mutating func blocks(_ count: Int) -> [Block] {
        let bytes = next(16 * count)
        return (0..<count).map { Block(bytes.span, at: 16 * $0) }
    }
}

/// The bytes of hexadecimal digits, blanks left out.
func hex(_ digits: String) -> [UInt8] {
    let values = digits.compactMap(\.hexDigitValue)
    return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
}
