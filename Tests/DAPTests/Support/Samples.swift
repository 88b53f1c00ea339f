import PopulusDAP
import PopulusWireCodec

/// Values for the tests: each ID counts up from a byte of its own.
enum Sample {
    static func id<ID: OpaqueID>(_ first: UInt8) -> ID {
        let words = (0..<ID.Words.scalarCount).map { word in
            (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(first &+ UInt8(word * 8 + $1)) }
        }
        var vector = ID.Words()
        for (index, word) in words.enumerated() {
            vector[index] = word
        }
        return ID(words: vector)
    }

    static let id16 = "404142434445464748494a4b4c4d4e4f"
    static let id32 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    static let taskID: TaskID = id(0)
    static let reportID: ReportID = id(0x40)
    static let walkID: WalkID = id(0x40)
    static let batchID: BatchID = id(0)
    static let jobID: AggregationJobID = id(0x40)

    static let ciphertext = HpkeCiphertext(configID: 7, enc: [0xE1, 0xE2], payload: [0xC1, 0xC2, 0xC3])
    static let ciphertextHex = """
        07                  # config_id
        0002 e1e2           # enc
        00000003 c1c2c3     # payload

        """

    static let metadata = ReportMetadata(
        reportID: reportID, time: Time(units: 0x0102), publicExtensions: [ReportExtension(type: 0xFF01, data: [0xAB])])
    static let metadataHex = """
        \(id16)             # report_id
        0000000000000102    # time
        0005                # public_extensions: length
        ff01 0001 ab        #   extension_type, extension_data

        """

    static let interval = Interval(start: Time(units: 0x10), duration: TimeDuration(units: 3))
    static let intervalHex = """
        0000000000000010    # start
        0000000000000003    # duration

        """

    static let bounds = try? WalkTaskExtension(
        minThreshold: 10, maxLateRejectionsPPM: 10_000, maxSteps: 300, maxCandidates: 100_000, firstStepMaxLevel: 7,
        firstStepMaxCandidates: 256, maxLife: TimeDuration(units: 86_400))
    static let boundsHex = """
        0001                # version
        00                  # messages: none
        000000000000000a    # min_threshold
        0000000000000000    # threshold_margin
        00002710            # max_late_rejections_ppm: 1 %
        012c                # max_steps
        000186a0            # max_candidates
        04                  # max_bits_per_step
        0007                # first_step_max_level
        00000100            # first_step_max_candidates
        0000000000015180    # max_life
        00                  # noise: none

        """

    static func task(
        batchMode: BatchMode = .leaderSelected, bits: UInt16 = 256, extensions: [TaskExtension]? = nil
    ) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: [0x74, 0x31], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
            timePrecision: TimePrecision(seconds: 60), minBatchSize: 10, batchMode: batchMode,
            vdaf: .poplar1(bits: bits),
            extensions: extensions ?? [TaskExtension(type: 0xFD57, data: bounds?.encoded() ?? [])])
    }

    static let taskHex = """
        02 7431             # task_info: t1
        0009 687474703a2f2f6c2f  # leader_aggregator_endpoint: http://l/
        0009 687474703a2f2f682f  # helper_aggregator_endpoint: http://h/
        000000000000003c    # time_precision
        000000000000000a    # min_batch_size
        02                  # batch_mode: leader_selected
        0000                # batch_config
        00000006            # vdaf_type: Poplar1
        0002 0100           # vdaf_configuration: bits
        0031                # extensions: length
        fd57 002d           #   the walk's task extension
        \(boundsHex)
        """

    static let collectionJobReq = CollectionJobReq(
        query: .leaderSelected, aggregationParameter: [0, 0, 0, 0, 0, 1, 0],
        extensions: [CollectionJobExtension(type: 0xFD57, data: WalkJobExtension(walkID: walkID, step: 2).encoded())])
    static let collectionJobReqHex = """
        02 0000             # query: leader_selected
        00000007 00000000000100  # agg_param
        0016                # extensions: length
        fd57 0012           #   the walk's extension
        \(id16)
        0002                #   step

        """

    static let checksumHex = "2a00000000000000000000000000000000000000000000000000000000000001"
    static let checksum = BatchChecksum(bytes: hex(checksumHex)) ?? BatchChecksum()

    static let transcript = WalkTranscript(bytes: hex(id32))

    static func header(_ phase: WalkPhase, liveCount: UInt32 = 9) throws -> WalkStepHeader {
        guard let transcript else { throw WireError.badValue("sample") }
        return WalkStepHeader(walkID: walkID, step: 3, phase: phase, liveCount: liveCount, transcript: transcript)
    }

    static func headerHex(_ phase: String) -> String {
        """
        \(id16)             # walk_id
        0003                # step
        \(phase)            # phase
        00000009            # live_count
        \(id32)             # transcript

        """
    }
}
