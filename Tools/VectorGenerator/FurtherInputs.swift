import KnownAnswers
import PopulusVDAF

/// Inputs of our own: more sizes, levels and reports, and more ways in which a report can be bad.
///
/// Every byte comes from a hash of the file's name, so that the files are the same on every machine.
enum FurtherInputs {
    /// Bits of the inputs, and how many reports.
    private static let sizes: [(bits: Int, reports: Int)] = [
        (1, 3), (2, 3), (7, 3), (17, 3), (64, 3), (255, 1), (256, 2), (300, 1), (1024, 1),
    ]

    static func files() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        for (bits, reports) in sizes {
            var stream = try Stream("IdpfBBCGGI21_bits\(bits)")
            let alpha = stream.measurement(bits: bits)
            files["IdpfBBCGGI21_bits\(bits)"] = try OfficialInputs.idpf(alpha: alpha).json
            for level in Set([0, bits / 2, bits - 2, bits - 1]).filter({ $0 >= 0 }) {
                let name = "Poplar1_bits\(bits)_level\(level)"
                files["vdaf/\(name)"] = try positive(name, bits: bits, level: level, reports: reports).json
            }
        }
        files["vdaf/Poplar1_bad_corr_leaf"] =
            try negative("Poplar1_bad_corr_leaf", level: 16) { $1[1].correlatedLeaf[1] += .one }.json
        files["vdaf/Poplar1_bad_corr_seed"] =
            try negative("Poplar1_bad_corr_seed", level: 8) { $1[0].correlatedSeed[31] ^= 0x80 }.json
        files["vdaf/Poplar1_bad_authenticator"] =
            try negative("Poplar1_bad_authenticator", level: 8) { publicShare, _ in
                publicShare.inner[8].authenticator += .one
            }.json
        files["vdaf/Poplar1_bad_count_inner"] =
            try negative("Poplar1_bad_count_inner", level: 8) { publicShare, _ in
                publicShare.inner[8].data += .one
            }.json
        files["vdaf/Poplar1_bad_count_leaf"] =
            try negative("Poplar1_bad_count_leaf", level: 16) { publicShare, _ in
                publicShare.leaf.data += .one
            }.json
        files["vdaf/Poplar1_bad_idpf_key"] =
            try negative("Poplar1_bad_idpf_key", level: 8) { $1[0].idpfKey.high ^= 1 }.json
        return files
    }

    private static func positive(_ name: String, bits: Int, level: Int, reports: Int) throws -> VdafVector {
        var stream = try Stream(name)
        let (verifyKey, ctx) = (stream.bytes(Poplar1.verifyKeySize), stream.bytes(bits % 40))
        let inputs = (0..<reports).map { _ in stream.input(bits: bits) }
        let measurements = inputs.map { Prefix(bits: $0.bits) }
        var maker = try VdafMaker(
            bits: bits, parameter: candidates(level: level, of: measurements), verifyKey: verifyKey, ctx: ctx)
        return try maker.positive(inputs.map(\.input))
    }

    private static func negative(
        _ name: String, level: Int, tamper: (inout IdpfPublicShare, inout [Poplar1InputShare]) -> Void
    ) throws -> VdafVector {
        var stream = try Stream(name)
        let (verifyKey, ctx) = (stream.bytes(Poplar1.verifyKeySize), stream.bytes(40))
        let input = stream.input(bits: 17)
        var maker = try VdafMaker(
            bits: 17, parameter: candidates(level: level, of: [Prefix(bits: input.bits)]), verifyKey: verifyKey,
            ctx: ctx)
        return try maker.negative(input.input, tamper: tamper)
    }

    /// Each measurement's prefix and its sibling, the first and the last.
    private static func candidates(
        level: Int, of measurements: [Prefix]
    ) throws -> Poplar1AggregationParameter {
        var prefixes: Set<Prefix> = [
            Prefix(bits: Array(repeating: false, count: level + 1)),
            Prefix(bits: Array(repeating: true, count: level + 1)),
        ]
        for prefix in measurements.map({ $0.ancestor(level: level) }) {
            prefixes.insert(prefix)
            prefixes.insert(prefix.ancestor(level: level - 1).appending(!prefix.bit(level)))
        }
        return try Poplar1AggregationParameter(level: level, prefixes: prefixes.sorted())
    }

    /// Reproducible bytes, told apart by a name.
    struct Stream {
        private var xof: XofTurboShake128

        init(_ name: String) throws {
            let dst = Array("populus vectors".utf8)
            xof = try XofTurboShake128(seed: OfficialInputs.counting(32), dst: dst, binder: Array(name.utf8))
        }

        mutating func bytes(_ count: Int) -> [UInt8] { xof.next(count) }

        mutating func measurement(bits: Int) -> Prefix { Prefix(bits: bytes(bits).map { $0 & 1 == 1 }) }

        mutating func input(bits: Int) -> (bits: [Bool], input: VdafMaker<Poplar1>.Input) {
            let bits = measurement(bits: bits).bits
            return (
                bits,
                VdafMaker<Poplar1>.Input(
                    measurement: .bools(bits), nonce: bytes(Poplar1.nonceSize), rand: bytes(Poplar1.randSize))
            )
        }
    }
}
