import PopulusDAP
import PopulusWireCodec
import Testing

/// What reads a message without copying it reads what the copying decoder reads, and refuses what that one refuses.
@Suite struct SliceTests {
    private static let report = Report(
        metadata: Sample.metadata, publicShare: [1, 2, 3, 4],
        leaderEncryptedInputShare: Sample.ciphertext,
        helperEncryptedInputShare: HpkeCiphertext(configID: 9, enc: [5, 6], payload: [7]))

    private static let request = AggregationJobInitReq(
        verificationKeyID: 3, aggregationParameter: [8, 9],
        extensions: [AggregationJobExtension(type: 0xFF00, data: [1])],
        verifyInits: [1, 2, 3].map { (index: UInt8) in
            let share = ReportShare(
                metadata: Sample.metadata, publicShare: [UInt8](repeating: index, count: Int(index)),
                encryptedInputShare: HpkeCiphertext(configID: index, enc: [index], payload: [index, 0]))
            return VerifyInit(reportShare: share, payload: [index, index])
        })

    private static func copied(_ slice: HpkeCiphertextSlice) -> HpkeCiphertext {
        HpkeCiphertext(configID: slice.configID, enc: Array(slice.enc), payload: Array(slice.payload))
    }

    private static func copied(_ report: ReportSlices) throws -> Report {
        Report(
            metadata: report.head.metadata, publicShare: Array(report.head.publicShare),
            leaderEncryptedInputShare: copied(report.leaderShare),
            helperEncryptedInputShare: try HpkeCiphertext(decoding: report.helperShareBytes))
    }

    private static func copied(_ share: ReportShareSlices) -> ReportShare {
        ReportShare(
            metadata: share.head.metadata, publicShare: Array(share.head.publicShare),
            encryptedInputShare: copied(share.encryptedInputShare))
    }

    private static func copied(_ request: InitRequestSlices) -> AggregationJobInitReq {
        AggregationJobInitReq(
            verificationKeyID: request.head.verificationKeyID, aggregationParameter: request.head.aggregationParameter,
            extensions: request.head.extensions,
            verifyInits: request.verifyInits.map {
                VerifyInit(reportShare: copied($0.reportShare), payload: Array($0.payload))
            })
    }

    /// Whole, cut short at each place, longer, and with any byte changed.
    private static func variants(_ bytes: [UInt8]) -> [[UInt8]] {
        var variants = [bytes, bytes + [0], bytes + bytes]
        for index in bytes.indices {
            variants.append(Array(bytes[..<index]))
            for change: UInt8 in [1, 0x80, 0xFF] {
                var changed = bytes
                changed[index] ^= change
                variants.append(changed)
            }
        }
        return variants
    }

    @Test func readsReportsLikeTheCopyingDecoder() throws {
        for bytes in Self.variants(Self.report.encoded()) {
            let slices = try? Self.copied(try ReportSlices(decoding: bytes))
            #expect(slices == (try? Report(decoding: bytes)))
        }
    }

    @Test func readsReportSharesLikeTheCopyingDecoder() throws {
        for bytes in Self.variants(Self.request.verifyInits[1].reportShare.encoded()) {
            let slices = try? ReportShareSlices(decoding: bytes)
            #expect(slices.map(Self.copied) == (try? ReportShare(decoding: bytes)))
            if let slices { #expect(slices.bytes == bytes[...]) }
        }
    }

    /// What is kept of a report is cut out of its request as it came.
    @Test func aReportShareOfARequestIsTheBytesThatItHasByItself() throws {
        let slices = try InitRequestSlices(decoding: Self.request.encoded())
        #expect(
            slices.verifyInits.map { Array($0.reportShare.bytes) }
                == Self.request.verifyInits.map { $0.reportShare.encoded() })
    }

    @Test func readsInitRequestsLikeTheCopyingDecoder() throws {
        let bytes = Self.request.encoded()
        // The last report's payload of two bytes becomes one of none, which is too short.
        let withoutPayload = Array(bytes.dropLast(6)) + [0, 0, 0, 0]
        for bytes in Self.variants(bytes) + [withoutPayload] {
            let slices = try? Self.copied(try InitRequestSlices(decoding: bytes))
            #expect(slices == (try? AggregationJobInitReq(decoding: bytes)))
        }
    }

    @Test func readsPlaintextsLikeTheCopyingDecoder() throws {
        let share = PlaintextInputShare(
            privateExtensions: [ReportExtension(type: 1, data: [2])], payload: [3, 4, 5])
        for bytes in Self.variants(share.encoded()) {
            let slice = try? PlaintextInputShareSlice(decoding: bytes)
            let copied = slice.map {
                PlaintextInputShare(privateExtensions: $0.privateExtensions, payload: Array($0.payload))
            }
            #expect(copied == (try? PlaintextInputShare(decoding: bytes)))
        }
    }

    /// A report's public part is the same bytes in an upload, in an init request and in the associated data.
    @Test func theHeadIsTheSameBytesInAllMessages() throws {
        let report = Self.report
        let slices = try ReportSlices(decoding: report.encoded())
        let task = try Sample.task()
        let aad = InputShareAad(
            taskID: Sample.taskID, taskConfiguration: task, reportMetadata: report.metadata,
            publicShare: report.publicShare)
        let prefix = InputShareAad.prefix(taskID: Sample.taskID, taskConfiguration: task)
        #expect(prefix + slices.head.bytes == aad.encoded())
        let share = ReportShare(
            metadata: report.metadata, publicShare: report.publicShare,
            encryptedInputShare: report.helperEncryptedInputShare)
        #expect(slices.head.bytes + slices.helperShareBytes == share.encoded()[...])
    }

    @Test func reportIDsAreTheirBytes() {
        let bytes = (0..<16).map { UInt8(0xF0 - 7 * $0) }
        #expect(ReportID(bytes: bytes)?.bytes == bytes)
        #expect(ReportID(bytes: bytes) == ReportID(bytes: bytes[...]))
        #expect(ReportID(bytes: bytes)?.encoded() == bytes)
        #expect(ReportID(bytes: Array(bytes.dropLast())) == nil)
        #expect(ReportID(bytes: bytes + [0]) == nil)
    }
}
