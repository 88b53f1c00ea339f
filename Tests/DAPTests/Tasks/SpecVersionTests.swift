import PopulusDAP
import PopulusWireCodec
import Testing

/// What a draft of DAP decides on its own.
@Suite struct SpecVersionTests {
    private static let lenient = SpecVersion(
        tag: "dap-18", leastTaskInfo: 0, unknownVerificationKey: .rejectsReports(.invalidMessage))

    private func configuration(_ taskInfo: [UInt8], _ version: SpecVersion) throws -> TaskConfiguration {
        let sample = try Sample.task()
        return try TaskConfiguration(
            taskInfo: taskInfo, leaderEndpoint: sample.leaderEndpoint, helperEndpoint: sample.helperEndpoint,
            timePrecision: sample.timePrecision, minBatchSize: sample.minBatchSize, batchMode: sample.batchMode,
            vdaf: sample.vdaf, extensions: sample.extensions, version: version)
    }

    /// The current draft wants a byte of `task_info`, made or read; a draft that does not is another value.
    @Test func leastTaskInfo() throws {
        #expect(SpecVersion.current == .dap18 && SpecVersion.dap18.leastTaskInfo == 1)
        #expect(throws: WireError.self) { try configuration([], .current) }
        let bytes = try configuration([], Self.lenient).encoded()
        #expect(bytes.first == 0)
        #expect(throws: WireError.self) { try TaskConfiguration(decoding: bytes) }
        var reader = WireReader(bytes[...])
        let read = try TaskConfiguration(from: &reader, version: Self.lenient)
        try reader.finish()
        #expect(read.taskInfo.isEmpty && read.encoded() == bytes)
    }

    @Test func unknownVerificationKey() { #expect(SpecVersion.dap18.unknownVerificationKey == .failsJob) }
}
