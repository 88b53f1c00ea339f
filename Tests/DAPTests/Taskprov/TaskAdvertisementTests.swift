import PopulusDAP
import Testing

/// Tasks that requests bring: the draft's example, and all that the field may and may not be.
@Suite struct TaskAdvertisementTests {
    /// draft-ietf-ppm-dap-taskprov (July 2026) §3.2.
    private static let example = """
        :BHRlc3QAG2h0dHBzOi8vbGVhZGVyLmV4YW1wbGUuY29tLwAbaHR0cHM6Ly9oZWxwZXIuZXhhbXBsZS5jb20vAAAAAAAAADwAAAAAAAAACgEAAAAAAAEA\
        AAAUAAEAEAAAAAAAAAA8AAAAAAAAAGQ=:
        """

    private static let bytes = hex(
        """
        04 74657374                                                      # task_info
        001b 68747470733a2f2f6c65616465722e6578616d706c652e636f6d2f      # leader_aggregator_endpoint
        001b 68747470733a2f2f68656c7065722e6578616d706c652e636f6d2f      # helper_aggregator_endpoint
        000000000000003c                                                 # time_precision
        000000000000000a                                                 # min_batch_size
        01 0000                                                          # batch_mode, batch_config
        00000001 0000                                                    # vdaf_type, vdaf_configuration
        0014 0001 0010 000000000000003c 0000000000000064                 # extensions: task_interval
        """)

    private static let taskID = "35848a898adb146b559385247c7e49db1cbd28af52e3c11cfb01d4fc4b490479"

    @Test func theExampleOfTheDraft() throws {
        let task = try #require(TaskAdvertisement(fieldValue: Self.example))
        #expect(hexText(task.bytes) == hexText(Self.bytes))
        let configuration = try #require(task.configuration)
        #expect(configuration.taskInfo == Array("test".utf8) && configuration.minBatchSize == 10)
        #expect(configuration.leaderEndpoint == Array("https://leader.example.com/".utf8))
        #expect(configuration.vdaf == .prio3Count && configuration.batchMode == .timeInterval)
        #expect(try configuration.taskInterval == Interval(start: Time(units: 60), duration: TimeDuration(units: 100)))
        #expect(hexText(task.taskID.bytes) == Self.taskID)
        #expect(TaskAdvertisement(configuration) == task && task.fieldValue == Self.example)
        let fields = TaskAdvertisement.fields(for: task.taskID, configuration)
        #expect(fields == ["DAP-Taskprov": Self.example])
        // A task whose ID was drawn is brought by nobody.
        #expect(TaskAdvertisement.fields(for: Sample.taskID, configuration).isEmpty)
    }

    /// §3.4, computed with Python's hmac: SHA-256("dap-taskprov") is the salt, the task's ID the info.
    @Test func verificationKeysAreDerived() throws {
        let seed = try #require(VerifyKeySeed(bytes: (0..<32).map { UInt8($0) }))
        let task = try #require(TaskID(bytes: hex(Self.taskID)))
        let long = """
            b8e92261737fbd368b4cd5b17fdafd6d8fe587f2696df6cd07b618167c2c83d0857bfbef19dc12de258dbedabe8d13cf
            """
        for size in [16, 32, 48] {
            #expect(hexText(seed.verifyKey(for: task, size: size)) == String(long.prefix(2 * size)))
        }
        #expect(seed.verifyKey(for: Sample.taskID, size: 32) != seed.verifyKey(for: task, size: 32))
        for count in [0, 31, 33] { #expect(VerifyKeySeed(bytes: [UInt8](repeating: 1, count: count)) == nil) }
        #expect(VerifyKeySeed.random().bytes != VerifyKeySeed.random().bytes)
        #expect("\(seed)" == "VerifyKeySeed" && String(reflecting: seed) == "VerifyKeySeed")
    }

    /// RFC 9651 §4.2: parameters are read over, space around the item too, and padding may be missing.
    @Test(arguments: [
        ";a", ";a=1", ";a;b=?0;c=-12.5", "; a=\"x\\\"y;:\"", ";*a-_.*=tok/en:x", ";a=:AAE=:", ";a=@-1659578233",
        ";a=%\"f%c3%bc\"", " ", ";a=123456789012345",
    ])
    func whatIsReadOver(_ tail: String) {
        #expect(TaskAdvertisement(fieldValue: "  " + Self.example + tail)?.bytes == Self.bytes)
        let unpadded = Self.example.replacing("=", with: "")
        #expect(TaskAdvertisement(fieldValue: unpadded + tail)?.bytes == Self.bytes)
    }

    /// §3.2: values of other types MUST be ignored, and what is no item is no value.
    @Test(arguments: [
        ";", ";A=1", ";a=", ";a=\"", ";a=\"\\n\"", ";a=?2", ";a=@1.5", ";a=1.", ";a=1.2345", ";a=1234567890123456",
        ";a=-",
        ";a=:A:", ";a=%\"%ff\"", ";a=%\"%C3\"", ";a=%x", " ;a", ", :AAAA:", "x", ";a=(1)",
    ])
    func whatIsNoItemIsIgnored(_ tail: String) {
        #expect(TaskAdvertisement(fieldValue: Self.example + tail) == nil, "\(tail)")
    }

    @Test func otherValuesAreIgnored() {
        let inner = Self.example.dropFirst().dropLast()
        for value in [
            "", ":", "::", String(inner), "\"\(inner)\"", ":\(inner)", "\(inner):", "?1", "1", ":\(inner) :",
            ":=\(inner):",
        ] {
            #expect(TaskAdvertisement(fieldValue: value) == nil, "\(value.prefix(12))")
        }
    }

    /// What is no TaskConfiguration MUST be ignored: cut anywhere, with more behind it, with extensions out of order.
    @Test func whatIsNoConfigurationIsIgnored() {
        for count in 0..<Self.bytes.count {
            #expect(TaskAdvertisement(fieldValue: ByteSequenceItem.text(of: Array(Self.bytes.prefix(count)))) == nil)
        }
        let empty = Self.bytes.dropLast(22)
        let wrong: [[UInt8]] = [
            Self.bytes + [0], [0] + Self.bytes.dropFirst(5), Array(empty) + hex("0008 0001 0000 0001 0000"),
            Array(empty) + hex("0008 0002 0000 0001 0000"),
        ]
        for bytes in wrong { #expect(TaskAdvertisement(fieldValue: ByteSequenceItem.text(of: bytes)) == nil) }
    }

    /// A task that this program has not the means for is a task: its ID is told, and it is refused as such.
    @Test func unknownMeansMakeATaskAllTheSame() throws {
        let place = Self.bytes.count - 22 - 9
        var (mode, vdaf, time) = (Self.bytes, Self.bytes, Self.bytes)
        mode[place] = 9
        vdaf.replaceSubrange((place + 3)..<(place + 7), with: [0xFF, 0xFF, 0, 1])
        time.replaceSubrange((place - 16)..<(place - 8), with: [UInt8](repeating: 0, count: 8))
        for bytes in [mode, vdaf, time] {
            let task = try #require(TaskAdvertisement(fieldValue: ByteSequenceItem.text(of: bytes)))
            #expect(task.configuration == nil && task.bytes == bytes)
            #expect(task.taskID == TaskID(ofAdvertised: bytes) && hexText(task.taskID.bytes) != Self.taskID)
        }
    }
}
