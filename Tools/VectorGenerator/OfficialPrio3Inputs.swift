import KnownAnswers
import PopulusVDAF

/// The inputs of the specification's own vectors of Prio3.
///
/// Spec: VDAF, appendix "Test Vectors".
enum OfficialPrio3Inputs {
    static func files() throws -> [String: JSONText] {
        let sum255 = ["max_measurement": 255]
        let vectors: [VectorValue] = [
            .numbers(Array(0..<10)), numbers(repeating: 1), numbers(repeating: 255),
        ]
        let longer: [VectorValue] = [
            .numbers([10000, 32000, 9]), .numbers([19342, 19615, 3061]), .numbers([15986, 24671, 23910]),
        ]
        var files = try count().merging(histogram()) { $1 }.merging(multihot()) { $1 }
        files["vdaf/Prio3Sum_0"] = try positive(Prio3<Sum>(maxMeasurement: 255), sum255, [.number(100)])
        files["vdaf/Prio3Sum_1"] = try positive(Prio3<Sum>(maxMeasurement: 255, shares: 3), sum255, [.number(100)])
        files["vdaf/Prio3Sum_2"] = try positive(
            Prio3<Sum>(maxMeasurement: 1337), ["max_measurement": 1337], numbers(0, 1, 1337, 99, 42, 0, 0, 42))
        files["vdaf/Prio3SumVec_0"] = try positive(
            Prio3<SumVec<Field128>>(length: 10, maxMeasurement: 255, chunkLength: 9), sumVec(10, 255, 9), vectors)
        files["vdaf/Prio3SumVec_1"] = try positive(
            Prio3<SumVec<Field128>>(length: 3, maxMeasurement: 32000, chunkLength: 7, shares: 3), sumVec(3, 32000, 7),
            longer)
        files["vdaf/Prio3SumVecWithMultiproof_0"] = try positive(
            Prio3<SumVec<Field64>>(proofs: 3, length: 10, maxMeasurement: 255, chunkLength: 9),
            sumVec(10, 255, 9), vectors)
        files["vdaf/Prio3SumVecWithMultiproof_1"] = try positive(
            Prio3<SumVec<Field64>>(proofs: 3, length: 3, maxMeasurement: 65535, chunkLength: 7, shares: 3),
            sumVec(3, 65535, 7), longer)
        files["vdaf/Prio3HigherDegree_0"] = try positive(Prio3HigherDegree(), [:], [.number(2)])
        return files
    }

    private static func numbers(_ numbers: UInt64...) -> [VectorValue] { numbers.map(VectorValue.number) }
    private static func numbers(repeating number: UInt64) -> VectorValue {
        .numbers(Array(repeating: number, count: 10))
    }

    private static func sumVec(_ length: Int, _ maximum: Int, _ chunkLength: Int) -> [String: Int] {
        ["length": length, "max_measurement": maximum, "chunk_length": chunkLength]
    }

    private static func maker<C>(_ vdaf: Prio3<C>, _ parameters: [String: Int]) throws -> VdafMaker<Prio3<C>> {
        try VdafMaker(
            vdaf, parameters: parameters, aggregationParameter: [],
            verifyKey: OfficialInputs.counting(vdaf.verifyKeySize), ctx: OfficialInputs.ctx)
    }

    private static func input<C>(_ vdaf: Prio3<C>, _ measurement: VectorValue) -> VdafMaker<Prio3<C>>.Input {
        VdafMaker<Prio3<C>>.Input(
            measurement: measurement, nonce: OfficialInputs.counting(vdaf.nonceSize),
            rand: OfficialInputs.counting(vdaf.randSize))
    }

    private static func positive<C>(
        _ vdaf: Prio3<C>, _ parameters: [String: Int], _ measurements: [VectorValue]
    ) throws -> JSONText {
        var maker = try maker(vdaf, parameters)
        return try maker.positive(measurements.map { input(vdaf, $0) }).json
    }

    private static func negative<C>(
        _ vdaf: Prio3<C>, _ parameters: [String: Int], _ measurement: VectorValue,
        tamper: (inout Prio3PublicShare, inout [Prio3InputShare<C.Field>]) -> Void
    ) throws -> JSONText {
        var maker = try maker(vdaf, parameters)
        return try maker.negative(input(vdaf, measurement), tamper: tamper).json
    }

    private static func count() throws -> [String: JSONText] {
        let vdaf = try Prio3<Count>()
        return [
            "vdaf/Prio3Count_0": try positive(vdaf, [:], [.number(1)]),
            "vdaf/Prio3Count_1": try positive(Prio3<Count>(shares: 3), [:], [.number(1)]),
            "vdaf/Prio3Count_2": try positive(vdaf, [:], numbers(0, 1, 1, 0, 1)),
            "vdaf/Prio3Count_bad_meas_share": try negative(vdaf, [:], .number(1)) {
                $1[0].change { measurement, _, _ in measurement[0] += .one }
            },
            "vdaf/Prio3Count_bad_wire_seed": try negative(vdaf, [:], .number(1)) {
                $1[0].change { _, proofs, _ in proofs[0] += .one }
            },
            "vdaf/Prio3Count_bad_gadget_poly": try negative(vdaf, [:], .number(1)) {
                $1[0].change { _, proofs, _ in proofs[proofs.count - 1] += .one }
            },
            "vdaf/Prio3Count_bad_helper_seed": try negative(vdaf, [:], .number(1)) {
                $1[1].changeHelper { seed, _ in seed[0] ^= 1 }
            },
        ]
    }

    private static func histogram() throws -> [String: JSONText] {
        let vdaf = try Prio3<Histogram>(length: 5, chunkLength: 2)
        let five = ["length": 5, "chunk_length": 2]
        var messageMaker = try maker(vdaf, five)
        return [
            "vdaf/Prio3Histogram_0": try positive(
                Prio3<Histogram>(length: 4, chunkLength: 2), ["length": 4, "chunk_length": 2], numbers(2)),
            "vdaf/Prio3Histogram_1": try positive(
                Prio3<Histogram>(length: 11, chunkLength: 3, shares: 3), ["length": 11, "chunk_length": 3], numbers(2)),
            "vdaf/Prio3Histogram_2": try positive(
                Prio3<Histogram>(length: 100, chunkLength: 10), ["length": 100, "chunk_length": 10],
                numbers(2, 99, 99, 17, 42, 0, 0, 1, 2, 0)),
            "vdaf/Prio3Histogram_bad_leader_jr_blind": try negative(vdaf, five, .number(3)) {
                $1[0].change { _, _, blind in blind?[0] ^= 1 }
            },
            "vdaf/Prio3Histogram_bad_helper_jr_blind": try negative(vdaf, five, .number(3)) {
                $1[1].changeHelper { _, blind in blind?[0] ^= 1 }
            },
            "vdaf/Prio3Histogram_bad_public_share": try negative(vdaf, five, .number(3)) { publicShare, _ in
                publicShare.jointRandParts[0] ^= 1
            },
            "vdaf/Prio3Histogram_bad_verifier_message": try messageMaker.wrongMessage(
                [UInt8](repeating: 0, count: 32), input(vdaf, .number(3))
            ).json,
        ]
    }

    private static func multihot() throws -> [String: JSONText] {
        func parameters(_ length: Int, _ maxWeight: Int, _ chunkLength: Int) -> [String: Int] {
            ["length": length, "max_weight": maxWeight, "chunk_length": chunkLength]
        }
        func bools(_ digits: String...) -> [VectorValue] { digits.map { .bools(OfficialInputs.bits($0).bits) } }
        return [
            "vdaf/Prio3MultihotCountVec_0": try positive(
                Prio3<MultihotCountVec>(length: 4, maxWeight: 2, chunkLength: 2), parameters(4, 2, 2), bools("0110")),
            "vdaf/Prio3MultihotCountVec_1": try positive(
                Prio3<MultihotCountVec>(length: 10, maxWeight: 2, chunkLength: 3, shares: 4), parameters(10, 2, 3),
                bools("0100000001")),
            "vdaf/Prio3MultihotCountVec_2": try positive(
                Prio3<MultihotCountVec>(length: 4, maxWeight: 4, chunkLength: 1), parameters(4, 4, 1),
                bools("0110", "0010", "0000", "1110", "1111")),
        ]
    }
}

extension Prio3InputShare {
    /// Changes the Leader's share.
    mutating func change(_ body: (inout [Field], inout [Field], inout [UInt8]?) -> Void) {
        guard case .leader(var measurement, var proofs, var blind) = parts else { return }
        body(&measurement, &proofs, &blind)
        self = .leader(measurementShare: measurement, proofsShare: proofs, blind: blind)
    }

    /// Changes a share of any other aggregator.
    mutating func changeHelper(_ body: (inout [UInt8], inout [UInt8]?) -> Void) {
        guard case .helper(var seed, var blind) = parts else { return }
        body(&seed, &blind)
        self = .helper(seed: seed, blind: blind)
    }
}
