import PopulusDAP
import PopulusWireCodec
import Testing

@Suite struct WireSampleTests {
    @Test(arguments: try WireSamples.all())
    func encodesToTheBytesOfTheSpecification(_ sample: WireSample) throws {
        #expect(hexText(sample.encode()) == hexText(sample.expected))
        #expect(sample.encodedLength() == sample.expected.count)
        #expect(try sample.matches(sample.expected))
    }

    /// Some messages end where their elements do, so a part of one can be a shorter message; never anything else.
    @Test(arguments: try WireSamples.all())
    func acceptsAPartOnlyIfItIsAWholeMessage(_ sample: WireSample) {
        for length in 0..<sample.expected.count {
            let part = Array(sample.expected[..<length])
            if let recoded = try? sample.recode(part) { #expect(recoded == part) }
        }
    }

    @Test(arguments: try WireSamples.all())
    func acceptsTrailingBytesOnlyIfTheyArePartOfTheMessage(_ sample: WireSample) {
        for byte: UInt8 in [0, 1, 0xFF] {
            let longer = sample.expected + [byte]
            if let recoded = try? sample.recode(longer) { #expect(recoded == longer) }
        }
    }

    @Test func refusesBytesAfterAStructureOfFixedLength() {
        #expect(throws: WireError.trailing) { try TaskID(decoding: [UInt8](repeating: 0, count: 33)) }
        #expect(throws: WireError.truncated) { try TaskID(decoding: [UInt8](repeating: 0, count: 31)) }
        #expect(throws: WireError.trailing) { try WalkVerdictResp(decoding: hex(Sample.headerHex("03") + "00")) }
    }

    /// Whatever decodes encodes to the same bytes; nothing traps.
    @Test func survivesRandomBytesAndMutations() throws {
        var generator = SeededGenerator(test: "survivesRandomBytesAndMutations")
        let samples = try WireSamples.all()
        var decoded = 0
        for round in 0..<400 {
            for sample in samples {
                let input =
                    round % 4 == 0
                    ? generator.bytes(Int.random(in: 0...300, using: &generator))
                    : Self.mutated(sample.expected, &generator)
                guard let recoded = try? sample.recode(input) else { continue }
                decoded += 1
                #expect(recoded == input, "\(sample.name), seed \(generator.seed)")
            }
        }
        #expect(decoded > 1_000)
    }

    /// 34 MB, as a shard of the greatest size has: time is linear in the bytes, and far below the limit.
    @Test(.timeLimit(.minutes(1))) func readsALargeRequestInOnePass() throws {
        let share = ReportShare(
            metadata: Sample.metadata, publicShare: [UInt8](repeating: 1, count: 12_000),
            encryptedInputShare: HpkeCiphertext(configID: 1, enc: [1], payload: [UInt8](repeating: 2, count: 5_000)))
        let verifyInit = VerifyInit(reportShare: share, payload: [UInt8](repeating: 3, count: 29))
        let request = AggregationJobInitReq(
            verificationKeyID: 0, aggregationParameter: [0], extensions: [],
            verifyInits: [VerifyInit](repeating: verifyInit, count: 2_000))
        let bytes = request.encoded()
        #expect(bytes.count > 34_000_000)
        let start = ContinuousClock.now
        let decoded = try AggregationJobInitReq(decoding: bytes)
        print("readsALargeRequestInOnePass: \(ContinuousClock.now - start)")
        #expect(decoded.verifyInits.count == 2_000)
        #expect(decoded.verifyInits.last == verifyInit)
    }

    private static func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let position = Int.random(in: 0...bytes.count, using: &generator)
            switch generator.next() % 4 {
            case 0 where position < bytes.count: bytes[position] ^= 1 << UInt8(generator.next() % 8)
            case 1: bytes.removeSubrange(position...)
            case 2: bytes.insert(contentsOf: generator.bytes(Int(generator.next() % 5)), at: position)
            default: bytes.replaceSubrange(position..<min(position + 4, bytes.count), with: [0xFF, 0xFF, 0xFF, 0xFF])
            }
        }
        return bytes
    }
}
