import Foundation
import PopulusDAP
import PopulusSchemes
import PopulusWireCodec
import Testing

/// Values that the structures' definitions rule out.
@Suite struct WireRefusalTests {
    @Test func refusesUnknownEnumValues() {
        for value: UInt8 in [0, 12, 255] {
            #expect(throws: WireError.badValue("ReportError")) { try ReportError(decoding: [value]) }
        }
        for value: UInt8 in [0, 3, 255] {
            #expect(throws: WireError.badValue("BatchMode")) { try BatchMode(decoding: [value]) }
        }
        #expect(throws: WireError.badValue("VerifyRespType")) { try VerifyResp(decoding: hex(Sample.id16 + "03")) }
        for phase in ["00", "04"] {
            #expect(throws: WireError.badValue("WalkPhase")) {
                try WalkStepHeader(decoding: hex(Sample.headerHex(phase)))
            }
        }
    }

    /// Rejected reports are of an aggregator, are some, and each pair of party and reason is there once, in order.
    @Test(arguments: [
        ("01 06 0000000000000001", "party"), ("04 06 0000000000000001", "party"),
        ("02 00 0000000000000001", "ReportError"), ("02 06 0000000000000000", "count"),
        ("02 06 0000000000000001 02 06 0000000000000001", "order of rejections"),
        ("03 05 0000000000000001 02 06 0000000000000001", "order of rejections"),
        ("02 06 0000000000000001 02 05 0000000000000001", "order of rejections"),
    ])
    func refusesRejections(text: String, what: String) {
        #expect(throws: WireError.badValue(what)) { try CollectionJobRejections(decoding: hex(text)) }
    }

    @Test func refusesAHeaderOfAnotherPhase() {
        #expect(throws: WireError.badValue("WalkStepHeader.phase")) {
            try WalkVerdictReq(decoding: hex(Sample.headerHex("01") + "00"))
        }
        #expect(throws: WireError.badValue("WalkStepHeader.phase")) {
            try WalkVerdictResp(decoding: hex(Sample.headerHex("02")))
        }
    }

    /// A step is finished with at least one verdict, and with one of each shard, in the order of their jobs.
    @Test func refusesVerdictsOutOfOrder() {
        let verdicts = ["01", "02"].map { $0 + String(repeating: "4f", count: 15) + "00000001 b0" }
        for order in [[], [0, 0], [1, 0], [0, 1, 1]] as [[Int]] {
            #expect(throws: WireError.badValue("WalkFinishReq.verdicts"), "\(order)") {
                try WalkFinishReq(decoding: hex("00000001 a0" + order.map { verdicts[$0] }.joined()))
            }
        }
        #expect(throws: WireError.truncated) {
            try WalkFinishReq(decoding: hex("00000001 a0" + verdicts[0].dropLast(2)))
        }
    }

    @Test func refusesVectorsBelowTheirMinimum() {
        let short = WireError.badValue("vector shorter than its minimum")
        #expect(throws: short) { try HpkeCiphertext(decoding: hex("00 0000 00000001 00")) }
        #expect(throws: short) { try HpkeCiphertext(decoding: hex("00 0001 00 00000000")) }
        #expect(throws: short) { try HpkeConfigList(decoding: hex("0000")) }
        #expect(throws: short) { try PlaintextInputShare(decoding: hex("0000 00000000")) }
        #expect(throws: short) { try VerifyContinue(decoding: hex(Sample.id16 + "00000000")) }
    }

    @Test func refusesTwoKeysWithOneID() {
        let config = "01 0020 0001 0001 0001 aa"
        #expect(throws: WireError.badValue("HpkeConfigList: repeated id")) {
            try HpkeConfigList(decoding: hex("0014" + config + config))
        }
    }

    @Test func refusesQueriesThatDoNotFitTheirMode() {
        #expect(throws: WireError.trailing) { try Query(decoding: hex("02 0001 00")) }
        #expect(throws: WireError.truncated) { try Query(decoding: hex("01 0000")) }
        #expect(throws: WireError.truncated) { try BatchSelector(decoding: hex("02 0010" + Sample.id16)) }
    }

    @Test func refusesTasksItCannotKnow() throws {
        let text = Sample.taskHex
        for (change, error) in [
            (text.replacingFirst("02 7431 ", "00 "), WireError.badValue("vector shorter than its minimum")),
            (text.replacingFirst("000000000000003c", "0000000000000000"), .badValue("time_precision")),
            (text.replacingFirst("02                  # batch_mode", "03 #"), .badValue("BatchMode")),
            (text.replacingFirst("0000                # batch_config", "0001 00 #"), .badValue("batch_config")),
            (text.replacingFirst("00000006 ", "00000007 "), .badValue("vdaf_type")),
            (text.replacingFirst("0002 0100", "0002 0000"), .badValue("Poplar1Config.bits")),
            (text.replacingFirst("0002 0100", "0003 010000"), .trailing),
        ] {
            #expect(throws: error) { try TaskConfiguration(decoding: hex(change)) }
        }
        let twice = [TaskExtension(type: 3, data: []), TaskExtension(type: 3, data: [])]
        #expect(throws: WireError.badValue("extensions: order")) { try Sample.task(extensions: twice) }
    }

    @Test(arguments: [
        ("00000000 0000", "vdaf_type"),
        ("00000002 0008 0000000000000000", "Prio3SumConfig.max_measurement"),
        ("00000002 0008 ffffffff00000001", "Prio3SumConfig.max_measurement"),
        ("00000003 0010 00000000 0000000000000001 00000001", "Prio3SumVecConfig.length"),
        ("00000003 0010 00000001 0000000000000000 00000001", "Prio3SumVecConfig.max_measurement"),
        ("00000003 0010 00000001 0000000000000001 00000000", "Prio3SumVecConfig.chunk_length"),
        ("00000004 0008 00000000 00000001", "Prio3HistogramConfig.length"),
        ("00000004 0008 00000001 00000000", "Prio3HistogramConfig.chunk_length"),
        ("00000005 0010 00000000 00000001 0000000000000001", "Prio3MultihotCountVecConfig.length"),
        ("00000005 0010 00000001 00000000 0000000000000001", "Prio3MultihotCountVecConfig.chunk_length"),
        ("00000005 0010 00000003 00000001 0000000000000000", "Prio3MultihotCountVecConfig.max_weight"),
        ("00000005 0010 00000003 00000001 0000000000000004", "Prio3MultihotCountVecConfig.max_weight"),
        ("00000006 0002 0000", "Poplar1Config.bits"),
    ])
    func refusesParametersThatDefineNoVDAF(_ text: String, _ name: String) {
        #expect(throws: WireError.badValue(name)) { try VdafConfiguration(decoding: hex(text)) }
    }

    @Test func takesTheGreatestParameters() throws {
        for text in ["00000002 0008 ffffffff00000000", "00000005 0010 ffffffff ffffffff 00000000ffffffff"] {
            #expect(try VdafConfiguration(decoding: hex(text)).encoded() == hex(text))
        }
    }

    @Test func refusesBoundsThatMakeNoSense() {
        func bounds(
            threshold: UInt64 = 1, margin: UInt64 = 0, ppm: UInt32 = 0, steps: UInt16 = 2, candidates: UInt32 = 1,
            bitsPerStep: UInt8 = 1, first: UInt32 = 1, life: UInt64 = 1, noise: WalkNoise = .none
        ) throws(WireError) -> WalkTaskExtension {
            try WalkTaskExtension(
                minThreshold: threshold, thresholdMargin: margin, maxLateRejectionsPPM: ppm, maxSteps: steps,
                maxCandidates: candidates, maxBitsPerStep: bitsPerStep, firstStepMaxLevel: 0,
                firstStepMaxCandidates: first, maxLife: TimeDuration(units: life), noise: noise)
        }
        #expect(throws: Never.self) { try bounds() }
        #expect(throws: WireError.badValue("min_threshold")) { try bounds(threshold: 0) }
        #expect(throws: WireError.badValue("max_late_rejections_ppm")) { try bounds(ppm: 1_000_001) }
        for steps in [0, 1] as [UInt16] {
            #expect(throws: WireError.badValue("max_steps")) { try bounds(steps: steps) }
        }
        for bits in [0, 17, 255] as [UInt8] {
            #expect(throws: WireError.badValue("max_bits_per_step")) { try bounds(bitsPerStep: bits) }
        }
        #expect(throws: Never.self) { try bounds(bitsPerStep: 16) }
        let noise = WalkNoise.discreteLaplace(scaleNumerator: 1, scaleDenominator: 1)
        #expect(throws: Never.self) { try bounds(threshold: 5, margin: 4, noise: noise) }
        #expect(throws: WireError.badValue("threshold_margin")) { try bounds(threshold: 5, margin: 5, noise: noise) }
        #expect(throws: WireError.badValue("threshold_margin")) { try bounds(threshold: 5, margin: 1) }
        #expect(throws: WireError.badValue("max_candidates")) { try bounds(candidates: 0) }
        #expect(throws: WireError.badValue("first_step_max_candidates")) { try bounds(first: 0) }
        #expect(throws: WireError.badValue("max_life")) { try bounds(life: 0) }
        #expect(throws: WireError.badValue("DiscreteLaplaceParameters")) {
            try WalkNoise(decoding: hex("01 00000000 00000001"))
        }
        #expect(throws: WireError.badValue("DiscreteLaplaceParameters")) {
            try WalkNoise(decoding: hex("01 00000001 00000000"))
        }
        #expect(throws: WireError.badValue("WalkNoiseMechanism")) { try WalkNoise(decoding: [3]) }
    }

    @Test func refusesNoiseThatNoSamplerHas() throws {
        let (one, two, half) = ("0000000000000001", "0000000000000002", "8000000000000000")
        #expect(throws: Never.self) { try WalkNoise(decoding: hex("02 \(one)\(one) \(one)\(half) \(two)")) }
        for variance in ["0000000000000000\(one)", "\(one)0000000000000000", "\(half)\(two)", "\(two)\(half)"] {
            for text in ["02 \(variance) \(one)\(one) \(two)", "02 \(one)\(one) \(variance) \(two)"] {
                #expect(throws: WireError.badValue("NoiseVariance"), "\(text)") { try WalkNoise(decoding: hex(text)) }
            }
            #expect(throws: WireError.badValue("NoiseVariance")) {
                try BatchNoise(decoding: hex("0001 \(variance) \(two)"))
            }
        }
        #expect(throws: WireError.badValue("DiscreteGaussianParameters")) {
            try WalkNoise(decoding: hex("02 \(one)\(one) \(one)\(one) \(one)"))
        }
        #expect(throws: WireError.badValue("inverse_delta")) {
            try BatchNoise(decoding: hex("0001 \(one)\(one) \(one)"))
        }
        for version in ["0000", "0002"] {
            #expect(throws: WireError.badValue("version")) {
                try BatchNoise(decoding: hex("\(version) \(one)\(one) \(two)"))
            }
        }
        let gaussian = try #require(WalkGaussianNoise(epsilon: 1, inverseDelta: 100_000_000, steps: 4))
        #expect(throws: WireError.badValue("threshold_margin")) {
            try WalkTaskExtension(
                minThreshold: 50, thresholdMargin: 50, maxLateRejectionsPPM: 0, maxSteps: 4, maxCandidates: 9,
                firstStepMaxLevel: 0, firstStepMaxCandidates: 1, maxLife: TimeDuration(units: 1),
                noise: .discreteGaussian(gaussian))
        }
    }
}

extension String {
    /// Replaces the first occurrence, which must exist.
    fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
        guard let range = range(of: old) else { preconditionFailure("no \(old)") }
        return replacingCharacters(in: range, with: new)
    }
}
