import PopulusDAP
import PopulusReportMaking
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec
import Testing

/// A report's bytes are a function of what goes in, and both aggregators can open them.
@Suite struct ReportTaskTests {
    private static let taskID = TaskID.random()
    private let leader = HpkeKeyPair.generate(id: 3)
    private let helper = HpkeKeyPair.generate(id: 200)

    private static func configuration(
        _ vdaf: VdafConfiguration, extensions: [TaskExtension] = []
    ) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: Array("test".utf8), leaderEndpoint: Array("https://leader.example/dap".utf8),
            helperEndpoint: Array("https://helper.example/".utf8), timePrecision: TimePrecision(seconds: 300),
            minBatchSize: 10, batchMode: .timeInterval, vdaf: vdaf, extensions: extensions)
    }

    private static func task(_ vdaf: VdafConfiguration, encoding: String? = nil) throws -> ReportTask {
        try ReportTask(
            taskIDBytes: taskID.bytes, configurationBytes: configuration(vdaf).encoded(), encoding: encoding)
    }

    private static let id = ReportID(bytes: [UInt8](1...16)) ?? ReportID(words: SIMD2())

    @Test func bothShareSealedAreWhatTheVDAFMakes() throws {
        let task = try Self.task(.poplar1(bits: 64), encoding: "bytes")
        let measurement = try task.measurement(of: Array("abc".utf8))
        let rand = (0..<task.randSize).map { UInt8(truncatingIfNeeded: $0) }
        let report = try task.report(
            of: measurement, id: Self.id, rand: rand, secondsSinceEpoch: 1_000_000_123, leader: leader.config,
            helper: helper.config, sealing: LibrarySealing())
        #expect(report.metadata.time == Time(units: 3_333_333))
        #expect(report.metadata.reportID == Self.id)
        let (publicShare, inputShares) = try task.shard(measurement, id: Self.id, rand: rand)
        #expect(report.publicShare == publicShare)
        let associatedData = InputShareAad(
            taskID: Self.taskID, taskConfiguration: task.configuration, reportMetadata: report.metadata,
            publicShare: publicShare
        ).encoded()
        let opened = [
            try leader.open(
                report.leaderEncryptedInputShare, label: .inputShare(recipient: .leader), associatedData: associatedData
            ),
            try helper.open(
                report.helperEncryptedInputShare, label: .inputShare(recipient: .helper), associatedData: associatedData
            ),
        ]
        for (plaintext, share) in zip(opened, inputShares) {
            #expect(try PlaintextInputShare(decoding: plaintext) == PlaintextInputShare(payload: share))
        }
    }

    /// A sealing that hides nothing, so that a report's bytes can be compared.
    private struct Plain: ReportSealing {
        func seal(
            _ plaintext: [UInt8], to config: HpkeConfig, label: HpkeLabel, associatedData: [UInt8]
        ) throws(HpkeError) -> HpkeCiphertext {
            HpkeCiphertext(configID: config.id, enc: label.bytes, payload: plaintext)
        }
    }

    @Test(arguments: ["bytes", "url-1", "hash-1"])
    func equalInputGivesEqualBytes(encoding: String) throws {
        let task = try Self.task(.poplar1(bits: 64), encoding: encoding)
        let rand = [UInt8](repeating: 7, count: task.randSize)
        let reports = try (0..<2).map { _ in
            try task.report(
                of: task.measurement(of: Array("a.org".utf8)), id: Self.id, rand: rand, secondsSinceEpoch: 0,
                leader: leader.config, helper: helper.config, sealing: Plain()
            ).encoded()
        }
        #expect(reports[0] == reports[1])
        #expect(abs(reports[0].count - task.reportSize) < 100)
    }

    @Test func aKeyOfLowOrderIsRefused() throws {
        let task = try Self.task(.prio3Sum(maxMeasurement: 10))
        let zero = HpkeConfig(
            id: 1, kemID: HpkeConfig.x25519HkdfSha256, kdfID: HpkeConfig.hkdfSha256, aeadID: HpkeConfig.aes128Gcm,
            publicKey: [UInt8](repeating: 0, count: 32))
        let rand = [UInt8](repeating: 7, count: task.randSize)
        #expect(throws: ReportMakingError.sealing(.invalidKey)) {
            try task.report(
                of: task.measurement(of: UInt64(3)), id: Self.id, rand: rand, secondsSinceEpoch: 0, leader: zero,
                helper: helper.config, sealing: Plain())
        }
    }

    @Test func whatTheTaskDoesNotTakeIsRefused() throws {
        let strings = try Self.task(.poplar1(bits: 32), encoding: "bytes")
        #expect(throws: ReportMakingError.noNumbers) { try strings.measurement(of: UInt64(1)) }
        #expect(throws: ReportMakingError.self) { try strings.measurement(of: Array("too long".utf8)) }
        let sum = try Self.task(.prio3Sum(maxMeasurement: 10))
        #expect(throws: ReportMakingError.noStrings) { try sum.measurement(of: Array("1".utf8)) }
        #expect(throws: ReportMakingError.self) { try sum.measurement(of: UInt64(11)) }
        #expect(throws: ReportTaskError.unknownEncoding) { try Self.task(.poplar1(bits: 32), encoding: "bytes-9") }
        let strange = try Self.configuration(.poplar1(bits: 32), extensions: [TaskExtension(type: 77, data: [])])
        #expect(throws: ReportTaskError.unsupportedExtensions([77])) {
            try ReportTask(taskID: Self.taskID, configuration: strange)
        }
    }

    @Test func aTaskSaysWhereItsReportsGo() throws {
        let task = try Self.task(.poplar1(bits: 32), encoding: "bytes")
        #expect(task.leaderKeysURL == "https://leader.example/dap/hpke_config")
        #expect(task.helperKeysURL == "https://helper.example/hpke_config")
        #expect(task.uploadURL == "https://leader.example/dap/tasks/\(Self.taskID.base64URL)/reports")
        #expect(ReportTask.uploadMediaType == MediaType.uploadRequest.description)
    }
}
