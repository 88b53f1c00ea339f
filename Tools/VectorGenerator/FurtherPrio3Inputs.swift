import KnownAnswers
import PopulusVDAF

/// Inputs of our own for Prio3: more sizes, shares, proofs and reports, and more ways in which a report can be bad.
enum FurtherPrio3Inputs {
    private typealias Stream = FurtherInputs.Stream

    static func files() throws -> [String: JSONText] {
        [
            try counts(), try sums(), try sumVecs(), try multiproofs(), try histograms(), try multihots(),
            try negatives(),
        ]
        .reduce(into: [:]) { files, more in files.merge(more) { first, _ in first } }
    }

    private static func positive<C>(
        _ name: String, _ vdaf: Prio3<C>, _ parameters: [String: Int] = [:],
        _ measurements: (inout Stream) -> [VectorValue]
    ) throws -> [String: JSONText] {
        let name = "\(name)_shares\(vdaf.shares)"
        var stream = try Stream(name)
        let (verifyKey, ctx) = (stream.bytes(vdaf.verifyKeySize), stream.bytes(stream.number(upTo: 40)))
        var maker = try VdafMaker(
            vdaf, parameters: parameters, aggregationParameter: [], verifyKey: verifyKey, ctx: ctx)
        let inputs = measurements(&stream).map {
            VdafMaker<Prio3<C>>.Input(
                measurement: $0, nonce: stream.bytes(vdaf.nonceSize), rand: stream.bytes(vdaf.randSize))
        }
        return ["vdaf/\(name)": try maker.positive(inputs).json]
    }

    private static func counts() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for shares in [2, 3, 7] {
            files.merge(
                try positive("Prio3Count", Prio3<Count>(shares: shares)) { stream in
                    (0..<6).map { _ in .number(stream.number(upTo: 1)) }
                }
            ) { $1 }
        }
        return files
    }

    private static func sums() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        let maxima = [1, 2, 3, 4, 5, 100, 256, 65535, 1 << 32 - 1, 1 << 32, 1_000_000_000_000, Int.max]
        for maximum in maxima {
            files.merge(
                try positive(
                    "Prio3Sum_max\(maximum)",
                    Prio3<Sum>(maxMeasurement: UInt64(maximum), shares: maximum == 5 ? 3 : 2),
                    ["max_measurement": maximum]
                ) { stream in
                    let numbers = [0, UInt64(maximum)] + [stream.number(upTo: UInt64(maximum))]
                    return (maximum == Int.max ? Array(numbers[..<2]) : numbers).map(VectorValue.number)
                }
            ) { $1 }
        }
        return files
    }

    /// Length, maximum, chunk length, shares: chunks that divide the length or do not, or are longer than it.
    private static let vectors = [
        (1, 1, 1, 2), (1, 1, 5, 2), (1, 255, 3, 3), (4, 1, 4, 2), (10, 255, 4, 2), (7, 100, 3, 2), (5, 6, 15, 3),
        (3, Int.max, 8, 2), (100, 1, 32, 2), (2, 1 << 20, 1, 2),
    ]

    private static func sumVecs() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for (length, maximum, chunk, shares) in vectors {
            files.merge(
                try positive(
                    "Prio3SumVec_length\(length)_max\(maximum)_chunk\(chunk)",
                    Prio3<SumVec<Field128>>(
                        length: length, maxMeasurement: UInt64(maximum), chunkLength: chunk, shares: shares),
                    ["length": length, "max_measurement": maximum, "chunk_length": chunk]
                ) { $0.vectors(length: length, maximum: UInt64(maximum)) }
            ) { $1 }
        }
        return files
    }

    private static func multiproofs() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for (proofs, length, maximum, chunk, shares) in [
            (1, 4, 3, 2, 2), (2, 10, 100, 7, 2), (2, 3, 1, 5, 3), (5, 6, 1 << 40, 16, 2), (255, 1, 1, 1, 2),
        ] {
            files.merge(
                try positive(
                    "Prio3SumVecWithMultiproof_proofs\(proofs)_length\(length)_max\(maximum)_chunk\(chunk)",
                    Prio3<SumVec<Field64>>(
                        proofs: proofs, length: length, maxMeasurement: UInt64(maximum), chunkLength: chunk,
                        shares: shares),
                    ["proofs": proofs, "length": length, "max_measurement": maximum, "chunk_length": chunk]
                ) { $0.vectors(length: length, maximum: UInt64(maximum)) }
            ) { $1 }
        }
        return files
    }

    private static func histograms() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for (length, chunk, shares) in [
            (1, 1, 2), (1, 4, 3), (2, 1, 2), (10, 4, 2), (11, 11, 3), (31, 5, 2), (32, 5, 2), (200, 14, 2),
        ] {
            files.merge(
                try positive(
                    "Prio3Histogram_length\(length)_chunk\(chunk)",
                    Prio3<Histogram>(length: length, chunkLength: chunk, shares: shares),
                    ["length": length, "chunk_length": chunk]
                ) { stream in
                    [0, UInt64(length - 1), stream.number(upTo: UInt64(length - 1))].map(VectorValue.number)
                }
            ) { $1 }
        }
        return files
    }

    private static func multihots() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for (length, weight, chunk, shares) in [
            (1, 1, 1, 2), (1, 1, 7, 3), (10, 3, 4, 2), (10, 10, 10, 2), (16, 5, 19, 2), (33, 6, 6, 3), (40, 31, 9, 2),
        ] {
            files.merge(
                try positive(
                    "Prio3MultihotCountVec_length\(length)_weight\(weight)_chunk\(chunk)",
                    Prio3<MultihotCountVec>(
                        length: length, maxWeight: UInt64(weight), chunkLength: chunk, shares: shares),
                    ["length": length, "max_weight": weight, "chunk_length": chunk]
                ) { stream in
                    let ones = [0, weight, Int(stream.number(upTo: UInt64(weight)))]
                    return ones.map { .bools(stream.bools(count: length, ones: $0)) }
                }
            ) { $1 }
        }
        return files
    }
}

extension FurtherInputs.Stream {
    /// A number in `[0, maximum]`.
    mutating func number(upTo maximum: UInt64) -> UInt64 {
        let word = bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return maximum == .max ? word : word % (maximum + 1)
    }

    mutating func number(upTo maximum: Int) -> Int { Int(number(upTo: UInt64(maximum))) }

    /// All zero, all the maximum, and any.
    mutating func vectors(length: Int, maximum: UInt64) -> [VectorValue] {
        [
            .numbers(Array(repeating: 0, count: length)), .numbers(Array(repeating: maximum, count: length)),
            .numbers((0..<length).map { _ in number(upTo: maximum) }),
        ]
    }

    /// So many ones among zeros, in any order.
    mutating func bools(count: Int, ones: Int) -> [Bool] {
        var bools = (0..<count).map { $0 < ones }
        for i in stride(from: count - 1, to: 0, by: -1) { bools.swapAt(i, number(upTo: i)) }
        return bools
    }
}
