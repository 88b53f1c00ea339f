import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusWireCodec

/// Every structure on the wire, with its bytes.
enum WireSamples {
    static func all() throws -> [WireSample] {
        try basic() + vdafs() + hpke() + upload() + aggregation() + collection() + walk()
    }

    static func basic() throws -> [WireSample] {
        [
            WireSample(Sample.taskID, Sample.id32),
            WireSample(Sample.reportID, Sample.id16),
            WireSample(Sample.id(0) as BatchID, Sample.id32),
            WireSample(Sample.jobID, Sample.id16),
            WireSample(Sample.id(0x40) as CollectionJobID, Sample.id16),
            WireSample(Sample.id(0x40) as AggregateShareID, Sample.id16),
            WireSample(Sample.walkID, Sample.id16),
            WireSample(ReportError.reportTooEarly, "09"),
            WireSample(TimePrecision(seconds: 60), "000000000000003c"),
            WireSample(Time(units: 0x0102), "0000000000000102"),
            WireSample(TimeDuration(units: 3), "0000000000000003"),
            WireSample(Sample.interval, Sample.intervalHex),
            WireSample(ReportExtension(type: 1, data: []), "0001 0000"),
            WireSample(BatchMode.timeInterval, "01"),
            WireSample(Query.leaderSelected, "02 0000"),
            WireSample(Query.timeInterval(Sample.interval), "01 0010 # length\n" + Sample.intervalHex),
            WireSample(BatchSelector.leaderSelected(Sample.batchID), "02 0020" + Sample.id32),
            WireSample(BatchSelector.timeInterval(Sample.interval), "01 0010 # length\n" + Sample.intervalHex),
            WireSample(try Sample.task(), Sample.taskHex),
        ]
    }

    static func vdafs() -> [WireSample] {
        [
            WireSample(VdafConfiguration.prio3Count, "00000001 0000"),
            WireSample(VdafConfiguration.prio3Sum(maxMeasurement: 255), "00000002 0008 00000000000000ff"),
            WireSample(
                VdafConfiguration.prio3SumVec(length: 10, maxMeasurement: 258, chunkLength: 4),
                "00000003 0010 0000000a 0000000000000102 00000004"),
            WireSample(
                VdafConfiguration.prio3Histogram(length: 11, chunkLength: 5), "00000004 0008 0000000b 00000005"),
            WireSample(
                VdafConfiguration.prio3MultihotCountVec(length: 12, chunkLength: 6, maxWeight: 3),
                "00000005 0010 0000000c 00000006 0000000000000003"),
            WireSample(VdafConfiguration.poplar1(bits: 1024), "00000006 0002 0400"),
        ]
    }

    static func hpke() -> [WireSample] {
        let config = HpkeConfig(id: 194, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: [0x11, 0x22])
        let configHex = """
            c2                  # id
            0020 0001 0001      # kem_id, kdf_id, aead_id
            0002 1122           # public_key

            """
        return [
            WireSample(Sample.ciphertext, Sample.ciphertextHex),
            WireSample(config, configHex),
            WireSample(HpkeConfigList(configs: [config]), "000b # length\n" + configHex),
        ]
    }

    static func upload() throws -> [WireSample] {
        let report = Report(
            metadata: Sample.metadata, publicShare: [0xAA], leaderEncryptedInputShare: Sample.ciphertext,
            helperEncryptedInputShare: Sample.ciphertext)
        let reportHex =
            Sample.metadataHex + "00000001 aa # public_share\n" + Sample.ciphertextHex + Sample.ciphertextHex
        let status = ReportUploadStatus(id: Sample.reportID, error: .outdatedConfig)
        let statusHex = Sample.id16 + "0b # outdated_config\n"
        return [
            WireSample(Sample.metadata, Sample.metadataHex),
            WireSample(report, reportHex),
            WireSample(UploadRequest(reports: [report, report]), reportHex + reportHex),
            WireSample(UploadRequest(reports: []), ""),
            WireSample(status, statusHex),
            WireSample(UploadErrors(status: [status, status]), statusHex + statusHex),
            WireSample(CollectionJobRejections([]), ""),
            WireSample(
                CollectionJobRejections([
                    RejectedReports(party: .helper, reason: .hpkeDecryptError, count: 0x0102),
                    RejectedReports(party: .leader, reason: .invalidMessage, count: .max),
                    RejectedReports(party: .leader, reason: .vdafVerifyError, count: 3),
                ]),
                """
                02 06 0000000000000003 # leader, vdaf_verify_error
                02 08 ffffffffffffffff # leader, invalid_message
                03 05 0000000000000102 # helper, hpke_decrypt_error
                """),
            WireSample(
                PlaintextInputShare(privateExtensions: [ReportExtension(type: 2, data: [9])], payload: [1, 2]),
                "0005 0002 0001 09 # private_extensions\n 00000002 0102 # payload"),
            WireSample(
                InputShareAad(
                    taskID: Sample.taskID, taskConfiguration: try Sample.task(), reportMetadata: Sample.metadata,
                    publicShare: [0xAA]),
                Sample.id32 + "\n" + Sample.taskHex + "\n" + Sample.metadataHex + "00000001 aa # public_share"),
        ]
    }

    static func aggregation() -> [WireSample] {
        let share = ReportShare(
            metadata: Sample.metadata, publicShare: [0xAA], encryptedInputShare: Sample.ciphertext)
        let shareHex = Sample.metadataHex + "00000001 aa # public_share\n" + Sample.ciphertextHex
        let verifyInit = VerifyInit(reportShare: share, payload: [0x01, 0x02])
        let initHex = shareHex + "00000002 0102 # payload\n"
        let request = AggregationJobInitReq(
            verificationKeyID: 5, aggregationParameter: [0xA0],
            extensions: [AggregationJobExtension(type: 1, data: Sample.batchID.bytes)], verifyInits: [verifyInit])
        let requestHex = """
            05                  # verification_key_id
            00000001 a0         # agg_param
            0024 0001 0020      # extensions: leader_selected_batch_id
            \(Sample.id32)
            \(initHex)
            """
        let responses: [(VerifyResp, String)] = [
            (VerifyResp(reportID: Sample.reportID, outcome: .continue(payload: [3])), "00 00000001 03 # continue\n"),
            (VerifyResp(reportID: Sample.reportID, outcome: .finish), "01 # finish\n"),
            (VerifyResp(reportID: Sample.reportID, outcome: .reject(.vdafVerifyError)), "02 06 # reject\n"),
        ]
        let next = VerifyContinue(reportID: Sample.reportID, payload: [4, 5])
        let nextHex = Sample.id16 + "00000002 0405 # payload\n"
        return [
            WireSample(share, shareHex),
            WireSample(verifyInit, initHex),
            WireSample(request, requestHex),
            WireSample(
                AggregationJobResp(verifyResps: responses.map(\.0)),
                responses.map { Sample.id16 + $0.1 }.joined()),
            WireSample(next, nextHex),
            WireSample(AggregationJobContinueReq(step: 1, verifyContinues: [next]), "0001 # step\n" + nextHex),
        ] + responses.map { WireSample($0.0, Sample.id16 + $0.1) }
    }

    static func collection() throws -> [WireSample] {
        let aad = AggregateShareAad(
            taskID: Sample.taskID, taskConfiguration: try Sample.task(), collectionJobReq: Sample.collectionJobReq)
        let request = AggregateShareReq(
            collectionJobReq: Sample.collectionJobReq, batchSelector: .leaderSelected(Sample.batchID),
            reportCount: 100, checksum: Sample.checksum)
        return [
            WireSample(Sample.checksum, Sample.checksumHex),
            WireSample(Sample.collectionJobReq, Sample.collectionJobReqHex),
            WireSample(collectionJobResp, collectionJobRespHex),
            WireSample(request, aggregateShareReqHex),
            WireSample(AggregateShare(encryptedAggregateShare: Sample.ciphertext), Sample.ciphertextHex),
            WireSample(aad, Sample.id32 + "\n" + Sample.taskHex + "\n" + Sample.collectionJobReqHex),
            WireSample(
                WalkAggregateShareReq(request: request, lateRejections: 4),
                aggregateShareReqHex + "0000000000000004 # late_rejections"),
            WireSample(
                WalkCollectionJobResp(
                    result: collectionJobResp, batchSelector: .leaderSelected(Sample.batchID),
                    checksum: Sample.checksum, lateRejections: 4),
                collectionJobRespHex + "02 0020" + Sample.id32 + Sample.checksumHex + "0000000000000004"),
            WireSample(
                WalkAggregateShareAad(
                    base: aad, batchSelector: .leaderSelected(Sample.batchID), reportCount: 100,
                    checksum: Sample.checksum, lateRejections: 4),
                Sample.id32 + "\n" + Sample.taskHex + "\n" + Sample.collectionJobReqHex + "02 0020" + Sample.id32
                    + "0000000000000064" + Sample.checksumHex + "0000000000000004"),
        ]
    }

    private static let collectionJobResp = CollectionJobResp(
        reportCount: 100, interval: Sample.interval, leaderEncryptedAggregateShare: Sample.ciphertext,
        helperEncryptedAggregateShare: Sample.ciphertext)
    private static let collectionJobRespHex =
        "0000000000000064 # report_count\n" + Sample.intervalHex + Sample.ciphertextHex + Sample.ciphertextHex
    private static let aggregateShareReqHex = """
        \(Sample.collectionJobReqHex)
        02 0020 \(Sample.id32)  # batch_selector
        0000000000000064        # report_count
        \(Sample.checksumHex)   # checksum

        """

    static func walk() throws -> [WireSample] {
        guard let bounds = Sample.bounds, let leaf = NoiseVariance(numerator: 2001, denominator: 2),
            let inner = NoiseVariance(numerator: 1000, denominator: 1),
            let gaussian = WalkGaussianNoise(inner: inner, leaf: leaf, inverseDelta: 100_000_000),
            let batchNoise = BatchNoise(variance: inner, inverseDelta: 100_000_000)
        else { throw WireError.badValue("sample") }
        return [
            WireSample(bounds, Sample.boundsHex),
            WireSample(WalkNoise.none, "00"),
            WireSample(
                WalkNoise.discreteLaplace(scaleNumerator: 20, scaleDenominator: 3),
                "01 00000014 00000003 # mechanism, numerator, denominator"),
            WireSample(WalkNoise.discreteGaussian(gaussian), gaussianHex),
            WireSample(batchNoise, batchNoiseHex),
            WireSample(WalkJobExtension(walkID: Sample.walkID, step: 2), Sample.id16 + "0002"),
            WireSample(try Sample.header(.evaluate), Sample.headerHex("01")),
            WireSample(
                WalkEvaluateReq(
                    header: try Sample.header(.evaluate), aggregationParameter: [0xA0], leaderVerifierShares: [1, 2]),
                Sample.headerHex("01") + "00000001 a0 # agg_param\n 0102 # leader_verifier_shares"),
            WireSample(
                WalkEvaluateResp(header: try Sample.header(.evaluate), messages: [1, 2, 3]),
                Sample.headerHex("01") + "010203 # messages"),
            WireSample(
                WalkVerdictReq(header: try Sample.header(.verdict), verdicts: [0xFF, 0x01]),
                Sample.headerHex("02") + "ff01 # verdicts"),
            WireSample(WalkVerdictResp(header: try Sample.header(.committed)), Sample.headerHex("03")),
            WireSample(try finishing(bounds), "0001 02 0001 # version, messages" + Sample.boundsHex.dropping(lines: 2)),
            WireSample(finishReq, finishReqHex),
        ]
    }

    /// The bounds of a task that lists every optional message.
    private static func finishing(_ bounds: WalkTaskExtension) throws -> WalkTaskExtension {
        try WalkTaskExtension(
            minThreshold: bounds.minThreshold, maxLateRejectionsPPM: bounds.maxLateRejectionsPPM,
            maxSteps: bounds.maxSteps, maxCandidates: bounds.maxCandidates, firstStepMaxLevel: bounds.firstStepMaxLevel,
            firstStepMaxCandidates: bounds.firstStepMaxCandidates, maxLife: bounds.maxLife, messages: [.finish])
    }

    private static let finishReq = WalkFinishReq(
        shareRequest: [0xA0, 0xA1],
        verdicts: [2, 1].compactMap { first in
            AggregationJobID(bytes: [first] + [UInt8](repeating: 0x4F, count: 15)).map {
                WalkFinishReq.Verdict(jobID: $0, request: [0xB0, first])
            }
        })
    private static let finishReqHex = """
        00000002 a0a1       # share_request
        01 4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f  # verdicts: job_id
        00000002 b001       #   request
        02 4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f
        00000002 b002

        """

    private static let gaussianHex = """
        02                  # mechanism: discrete_gaussian
        00000000000003e8 0000000000000001  # inner: 1,000
        00000000000007d1 0000000000000002  # leaf: 1,000.5
        0000000005f5e100    # inverse_delta: 1e8

        """
    private static let batchNoiseHex = """
        0001                # version
        00000000000003e8 0000000000000001  # variance
        0000000005f5e100    # inverse_delta

        """
}

extension String {
    /// What follows the first lines, on a line of its own.
    fileprivate func dropping(lines count: Int) -> String {
        "\n" + split(separator: "\n").dropFirst(count).joined(separator: "\n")
    }
}
