import KnownAnswers
import PopulusVDAF

/// The inputs of the specification's own vectors.
///
/// Spec: VDAF, appendix "Test Vectors".
enum OfficialInputs {
    static let ctx = Array("some application".utf8)

    /// The bytes 0, 1, 2, … that stand for randomness.
    static func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

    static func files() throws -> [String: JSONText] {
        var files: [String: JSONText] = [:]
        let (dst, binder) = (Array("domain separation tag".utf8), Array("binder string".utf8))
        files["XofTurboShake128"] =
            try XofVector.turboShake128(
                seed: counting(XofTurboShake128.seedSize), dst: dst, binder: binder, length: 40
            ).json
        files["XofFixedKeyAes128"] =
            try XofVector.fixedKeyAes128(
                seed: counting(XofFixedKeyAes128.seedSize), dst: dst, binder: binder, length: 40
            ).json
        files["IdpfBBCGGI21_0"] = try idpf(alpha: Prefix(bits: Array(repeating: false, count: 10))).json
        for (i, parameter) in try poplar1Parameters().enumerated() {
            var maker = try VdafMaker(
                bits: parameter.bits, parameter: parameter.value, verifyKey: counting(Poplar1.verifyKeySize), ctx: ctx)
            files["vdaf/Poplar1_\(i)"] =
                try maker.positive([input(parameter.bits == 4 ? "1101" : "11001000001")]).json
        }
        var maker = try VdafMaker(
            bits: 2, parameter: parameter(0, "0 1"), verifyKey: counting(Poplar1.verifyKeySize), ctx: ctx)
        files["vdaf/Poplar1_bad_corr_inner"] =
            try maker.negative(input("01")) { $1[0].correlatedInner[0] += .one }.json
        return files
    }

    /// A known answer whose values at level i are i.
    static func idpf(alpha: Prefix) throws -> IdpfVector {
        let bits = alpha.bitCount
        let keys = counting(IdpfBBCGGI21.randSize)
        var vector = IdpfVector(
            bits: bits, alpha: alpha.bits, betaInner: (0..<bits - 1).map { ["\($0)", "\($0)"] },
            betaLeaf: ["\(bits - 1)", "\(bits - 1)"], ctx: Hex(ctx), nonce: Hex(counting(IdpfBBCGGI21.nonceSize)),
            publicShare: Hex([]), keys: [Hex(Array(keys[..<16])), Hex(Array(keys[16...]))])
        vector.publicShare = Hex(try vector.generate().encode())
        return vector
    }

    static func parameter(_ level: Int, _ prefixes: String) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(level: level, prefixes: prefixes.split(separator: " ").map { bits($0) })
    }

    static func bits(_ digits: some StringProtocol) -> Prefix { Prefix(bits: digits.map { $0 == "1" }) }

    private static func input(_ measurement: String) -> VdafMaker<Poplar1>.Input {
        VdafMaker<Poplar1>.Input(
            measurement: .bools(bits(measurement).bits), nonce: counting(Poplar1.nonceSize),
            rand: counting(Poplar1.randSize))
    }

    private static func poplar1Parameters() throws -> [(bits: Int, value: Poplar1AggregationParameter)] {
        [
            (4, try parameter(0, "0 1")),
            (4, try parameter(1, "00 01 10 11")),
            (4, try parameter(2, "000 010 100 110")),
            (4, try parameter(3, "0001 0011 0101 0111 1001 1101 1111")),
            (11, try parameter(0, "0 1")),
            (11, try parameter(10, "00000000000 11001000000 11001000001 11111111111")),
        ]
    }
}
