import PopulusVDAF

/// A known answer of an XOF.
package struct XofVector: Codable, Hashable, Sendable {
    package var seed: Hex
    package var dst: Hex
    package var binder: Hex
    package var length: Int
    package var derivedSeed: Hex
    package var expandedVecField128: Hex

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case seed, dst, binder, length
        case derivedSeed = "derived_seed"
        case expandedVecField128 = "expanded_vec_field128"
    }

    func checkTurboShake128() throws {
        try compare(Self.turboShake128(seed: seed.bytes, dst: dst.bytes, binder: binder.bytes, length: length))
    }

    func checkFixedKeyAes128() throws {
        try compare(Self.fixedKeyAes128(seed: seed.bytes, dst: dst.bytes, binder: binder.bytes, length: length))
    }

    private func compare(_ computed: XofVector) throws {
        try expect(computed.derivedSeed.bytes, derivedSeed, "derived_seed")
        try expect(computed.expandedVecField128.bytes, expandedVecField128, "expanded_vec_field128")
    }

    package static func turboShake128(
        seed: [UInt8], dst: [UInt8], binder: [UInt8], length: Int
    ) throws -> XofVector {
        try checkLength(length)
        return XofVector(
            seed: Hex(seed), dst: Hex(dst), binder: Hex(binder), length: length,
            derivedSeed: Hex(try XofTurboShake128.deriveSeed(seed: seed, dst: dst, binder: binder)),
            expandedVecField128: Hex(
                try XofTurboShake128.expandIntoVec(
                    Field128.self, seed: seed, dst: dst, binder: binder, count: length
                ).encode()))
    }

    package static func fixedKeyAes128(
        seed: [UInt8], dst: [UInt8], binder: [UInt8], length: Int
    ) throws -> XofVector {
        try checkLength(length)
        return XofVector(
            seed: Hex(seed), dst: Hex(dst), binder: Hex(binder), length: length,
            derivedSeed: Hex(try XofFixedKeyAes128.deriveSeed(seed: seed, dst: dst, binder: binder)),
            expandedVecField128: Hex(
                try XofFixedKeyAes128.expandIntoVec(
                    Field128.self, seed: seed, dst: dst, binder: binder, count: length
                ).encode()))
    }

    private static func checkLength(_ length: Int) throws(KnownAnswerFailure) {
        guard (0...1 << 20).contains(length) else { throw KnownAnswerFailure("length is out of range") }
    }
}
