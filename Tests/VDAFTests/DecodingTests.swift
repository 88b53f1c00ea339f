import PopulusVDAF
import PopulusWireCodec
import Testing

/// Whatever arrives is a value or an error.
@Suite struct DecodingTests {
    @Test func randomAndTruncatedBytesNeverTrap() throws {
        var stream = try TestStream("decoding")
        for size in [1, 2, 4, 5, 17, 256] {
            let vdaf = try Poplar1(bits: size)
            let level = size / 2
            let run = try TestRun(vdaf: vdaf, measurements: [stream.prefix(bits: size)])
            let parameter = try Poplar1AggregationParameter(
                level: level, prefixes: [run.measurements[0].ancestor(level: level)])
            let (state, share) = try run.verifyInit(run.reports[0], nonce: run.nonces[0], aggregatorID: 0, parameter)
            let valid = [
                run.reports[0].publicShare.encode(), run.reports[0].inputShares[0].encode(), parameter.encode(),
                share.encode(), PingPongMessage.initialize(verifierShare: share.encode()).encoded(),
            ]
            var inputs = valid.map { $0 + [0] } + [[]]
            for bytes in valid {
                for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 60)) {
                    inputs.append(Array(bytes[..<count]))
                    inputs.append(stream.bytes(count))
                    var flipped = bytes
                    flipped[count] ^= UInt8(1 << stream.number(below: 8))
                    inputs.append(flipped)
                }
                inputs += [stream.bytes(bytes.count), [UInt8](repeating: 0xff, count: bytes.count)]
            }
            for bytes in inputs { decodeAll(bytes, vdaf, state, parameter) }
        }
    }

    private func decodeAll(
        _ bytes: [UInt8], _ vdaf: Poplar1, _ state: Poplar1VerifyState, _ parameter: Poplar1AggregationParameter
    ) {
        // What decodes encodes to the same bytes: there is one encoding of each value.
        if let value = try? vdaf.decodePublicShare(bytes) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeInputShare(bytes) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeAggregationParameter(bytes) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeVerifierShare(bytes, state: state) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeVerifierMessage(bytes, state: state) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeOutputShare(bytes, parameter) { #expect(value.encode() == bytes) }
        if let value = try? vdaf.decodeAggregateShare(bytes, parameter) { #expect(value.encode() == bytes) }
        if let value = try? PingPongMessage(decoding: bytes) { #expect(value.encoded() == bytes) }
    }

    @Test func aggregationParameters() throws {
        // level 10, two prefixes of 11 bits: 11001000001, 11111111111
        let bytes: [UInt8] = [0, 10, 0, 0, 0, 2, 0xc8, 0x20, 0xff, 0xe0]
        let decoded = try Poplar1AggregationParameter(decoding: bytes, bits: 11)
        #expect(try decoded == parameter("11001000001", "11111111111"))
        #expect(decoded.encode() == bytes)
        func error(_ bytes: [UInt8], bits: Int = 11) -> VDAFError? {
            do throws(VDAFError) {
                _ = try Poplar1AggregationParameter(decoding: bytes, bits: bits)
                return nil
            } catch { return error }
        }
        #expect(error(bytes, bits: 10) == .levelOutOfRange)
        #expect(error(bytes.dropLast()) == .truncated)
        #expect(error(bytes + [0]) == .trailingBytes)
        #expect(error(bytes.dropLast() + [0xf0]) == .paddingNotZero)
        #expect(error([0, 10, 0xff, 0xff, 0xff, 0xff, 0, 0]) == .truncated)
        #expect(error([0, 0, 0, 0, 0, 0]) == nil)
    }

    @Test func publicShares() throws {
        let vdaf = try Poplar1(bits: 2)
        let run = try TestRun(vdaf: vdaf, measurements: [bits("10")])
        var bytes = run.reports[0].publicShare.encode()
        bytes[0] |= 0x10
        #expect(throws: VDAFError.paddingNotZero) { try vdaf.decodePublicShare(bytes) }
        bytes[0] &= 0x0f
        for i in 33..<41 { bytes[i] = 0xff }
        #expect(throws: VDAFError.nonCanonicalFieldElement) { try vdaf.decodePublicShare(bytes) }
    }
}
