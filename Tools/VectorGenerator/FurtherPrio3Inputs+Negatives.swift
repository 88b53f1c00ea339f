import KnownAnswers
import PopulusVDAF

// Reports that must not verify.
extension FurtherPrio3Inputs {
    static func negatives() throws -> [String: JSONText] {
        let sum = ["max_measurement": 5]
        let sumVec = ["length": 3, "max_measurement": 5, "chunk_length": 4]
        let histogram = ["length": 5, "chunk_length": 2]
        let multihot = ["length": 4, "max_weight": 2, "chunk_length": 3]
        let multiproof = ["proofs": 2, "length": 3, "max_measurement": 5, "chunk_length": 4]
        let prio3Sum = try Prio3<Sum>(maxMeasurement: 5)
        let prio3SumVec = try Prio3<SumVec<Field128>>(length: 3, maxMeasurement: 5, chunkLength: 4)
        let prio3Histogram = try Prio3<Histogram>(length: 5, chunkLength: 2)
        let prio3Multihot = try Prio3<MultihotCountVec>(length: 4, maxWeight: 2, chunkLength: 3)
        let prio3Multiproof = try Prio3<SumVec<Field64>>(
            proofs: 2, length: 3, maxMeasurement: 5, chunkLength: 4)
        var files = [
            // Encoded measurements that the circuit must refuse, each with an honest proof.
            "Prio3Count_bad_two": try forged("Prio3Count_bad_two", Prio3<Count>(), [:], [2]),
            "Prio3Sum_bad_bit": try forged("Prio3Sum_bad_bit", prio3Sum, sum, [1, 2, 0]),
            "Prio3SumVec_bad_bit": try forged(
                "Prio3SumVec_bad_bit", prio3SumVec, sumVec, [1, 0, 0, 1, 1, 0, 0, 0, 7]),
            "Prio3SumVecWithMultiproof_bad_bit": try forged(
                "Prio3SumVecWithMultiproof_bad_bit", prio3Multiproof, multiproof, [1, 0, 0, 1, 1, 0, 0, 0, 7]),
            "Prio3Histogram_bad_two_hot": try forged(
                "Prio3Histogram_bad_two_hot", prio3Histogram, histogram, [0, 1, 0, 1, 0]),
            "Prio3Histogram_bad_none_hot": try forged(
                "Prio3Histogram_bad_none_hot", prio3Histogram, histogram, [0, 0, 0, 0, 0]),
            "Prio3Histogram_bad_bucket": try forged(
                "Prio3Histogram_bad_bucket", prio3Histogram, histogram, [2, 0, 0, 0, 0]),
            // Four ones, and two reported; two ones, and one reported.
            "Prio3MultihotCountVec_bad_weight": try forged(
                "Prio3MultihotCountVec_bad_weight", prio3Multihot, multihot, [1, 1, 1, 1, 1, 1]),
            "Prio3MultihotCountVec_bad_report": try forged(
                "Prio3MultihotCountVec_bad_report", prio3Multihot, multihot, [1, 0, 1, 0, 1, 0]),
        ]
        // Shares that were changed on the way.
        files["Prio3Sum_bad_gadget_poly"] =
            try tampered("Prio3Sum_bad_gadget_poly", prio3Sum, sum, .number(3)) {
                $1[0].change { _, proofs, _ in proofs[2] += .one }
            }
        files["Prio3SumVec_bad_meas_share"] =
            try tampered("Prio3SumVec_bad_meas_share", prio3SumVec, sumVec, .numbers([1, 2, 3])) {
                $1[0].change { measurement, _, _ in measurement[8] += .one }
            }
        files["Prio3SumVec_bad_helper_seed"] =
            try tampered("Prio3SumVec_bad_helper_seed", prio3SumVec, sumVec, .numbers([1, 2, 3])) {
                $1[1].changeHelper { seed, _ in seed[31] ^= 0x80 }
            }
        files["Prio3SumVecWithMultiproof_bad_second_proof"] =
            try tampered(
                "Prio3SumVecWithMultiproof_bad_second_proof", prio3Multiproof, multiproof, .numbers([1, 2, 3])
            ) { $1[0].change { _, proofs, _ in proofs[proofs.count - 1] += .one } }
        files["Prio3MultihotCountVec_bad_public_share"] =
            try tampered(
                "Prio3MultihotCountVec_bad_public_share", prio3Multihot, multihot,
                .bools([true, false, true, false])
            ) { publicShare, _ in publicShare.jointRandParts[63] ^= 1 }
        return files.reduce(into: [:]) { $0["vdaf/\($1.key)"] = $1.value }
    }

    private static func maker<C>(
        _ name: String, _ vdaf: Prio3<C>, _ parameters: [String: Int]
    ) throws -> (VdafMaker<Prio3<C>>, ctx: [UInt8], FurtherInputs.Stream) {
        var stream = try FurtherInputs.Stream(name)
        let (verifyKey, ctx) = (stream.bytes(vdaf.verifyKeySize), stream.bytes(20))
        let maker = try VdafMaker(
            vdaf, parameters: parameters, aggregationParameter: [], verifyKey: verifyKey, ctx: ctx)
        return (maker, ctx, stream)
    }

    private static func forged<C>(
        _ name: String, _ vdaf: Prio3<C>, _ parameters: [String: Int], _ encoded: [UInt64]
    ) throws -> JSONText {
        var (maker, ctx, stream) = try maker(name, vdaf, parameters)
        let input = VdafMaker<Prio3<C>>.Input(
            measurement: .numbers(encoded), nonce: stream.bytes(vdaf.nonceSize), rand: stream.bytes(vdaf.randSize))
        let report = try vdaf.shard(
            ctx: ctx, encodedMeasurement: encoded.map { C.Field($0) }, nonce: input.nonce, rand: input.rand)
        return try maker.negative(report, input).json
    }

    private static func tampered<C>(
        _ name: String, _ vdaf: Prio3<C>, _ parameters: [String: Int], _ measurement: VectorValue,
        tamper: (inout Prio3PublicShare, inout [Prio3InputShare<C.Field>]) -> Void
    ) throws -> JSONText {
        var (maker, _, stream) = try maker(name, vdaf, parameters)
        let input = VdafMaker<Prio3<C>>.Input(
            measurement: measurement, nonce: stream.bytes(vdaf.nonceSize), rand: stream.bytes(vdaf.randSize))
        return try maker.negative(input, tamper: tamper).json
    }
}
