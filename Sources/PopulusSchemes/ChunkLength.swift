extension SchemeParameter {
    /// A chunk length that makes proofs short, for measurements of so many field elements.
    ///
    /// A proof grows with twice the chunk length and with the number of chunks, filled up to one less than a power of
    /// two. So the best is near the square root, where all those chunks are used.
    ///
    /// Spec: VDAF §7.4.3.1
    ///
    /// - Returns: at least 1.
    package static func chunkLength(forElements count: UInt64) -> UInt32 {
        var best: (chunk: UInt64, cost: UInt64)?
        for exponent in 1...32 as ClosedRange<UInt64> {
            let chunks = (UInt64(1) << exponent) - 1
            let chunk = max(1, count / chunks + (count % chunks > 0 ? 1 : 0))
            let (twice, overflow) = chunk.multipliedReportingOverflow(by: 2)
            guard !overflow, twice <= UInt64(UInt32.max) else { continue }
            let cost = twice + 2 * chunks
            if best.map({ cost < $0.cost }) ?? true { best = (chunk, cost) }
        }
        return best.flatMap { UInt32(exactly: $0.chunk) } ?? .max
    }

    /// The parameter with that preset.
    ///
    /// - Parameter elements: how many field elements a measurement has.
    static func chunkLength(for elements: @escaping @Sendable (SchemeValues) -> UInt64) -> SchemeParameter {
        SchemeParameter(name: .chunkLength, width: .u32, preset: { UInt64(chunkLength(forElements: elements($0))) })
    }

    /// How many bits numbers up to this one have.
    static func bitLength(_ number: UInt64) -> UInt64 { UInt64(64 - number.leadingZeroBitCount) }
}
