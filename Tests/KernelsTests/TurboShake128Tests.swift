import PopulusKernels
import Testing

@Suite struct TurboShake128Tests {
    /// RFC 9861, section 5, domain byte 0x1f: messages of the pattern 00, 01, …, fa, repeated.
    @Test(arguments: [
        (0, "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c"),
        (1, "55cedd6f60af7bb29a4042ae832ef3f58db7299f893ebb9247247d856958daa9"),
        (17, "9c97d036a3bac819db70ede0ca554ec6e4c2a1a4ffbfd9ec269ca6a111161233"),
        (17 * 17, "96c77c279e0126f7fc07c9b07f5cdae1e0be60bdbe10620040e75d7223a624d2"),
        (17 * 17 * 17, "d4976eb56bcf118520582b709f73e1d6853e001fdaf80e1b13e0d0599d5fb372"),
    ])
    func standardMessages(length: Int, digest: String) {
        for path in ProcessorPath.available {
            #expect(hash(pattern(length), domain: 0x1f, count: 32, path: path) == hex(digest), "\(path)")
        }
    }

    @Test func piecesMakeTheWhole() {
        for length in [0, 1, 7, 8, 9, 167, 168, 169, 335, 336, 337, 1000] {
            let message = pattern(length)
            let whole = hash(message, domain: 1, count: 700, path: .portable)
            for piece in [1, 8, 100, 168, 200] {
                var sponge = TurboShake128(path: ProcessorPath.available[piece % ProcessorPath.available.count])
                for start in stride(from: 0, to: length, by: piece) {
                    sponge.absorb(message.span.extracting(start..<min(start + piece, length)))
                }
                sponge.finish(domain: 1)
                var output: [UInt8] = []
                while output.count < 700 { output += sponge.squeeze(min(piece, 700 - output.count)) }
                #expect(output == whole, "\(length) bytes in pieces of \(piece)")
            }
        }
    }

    /// Word by word as byte by byte, at every offset into the block.
    @Test func wordsAreAbsorbedLowestByteFirst() {
        for offset in [0, 1, 7, 8, 159, 160, 161, 167, 168] {
            for count in 0...8 {
                let word: UInt64 = 0xf1e2_d3c4_b5a6_9788
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
                var sponge = TurboShake128()
                sponge.absorb(pattern(offset).span)
                sponge.absorb(word, byteCount: count)
                sponge.finish(domain: 1)
                #expect(sponge.squeeze(32) == hash(pattern(offset) + bytes, domain: 1, count: 32))
            }
        }
    }

    @Test func batchesMatchSingleMessages() {
        for count in [0, 1, 2, 7, 8, 9, 15, 16, 17] {
            for (length, outputLength) in [(0, 1), (1, 32), (66, 168), (168, 169), (200, 500)] {
                var bytes = SeededBytes(seed: UInt64(count))
                let messages = bytes.next(count * length)
                var output = [UInt8](repeating: 0, count: count * outputLength)
                var span = output.mutableSpan
                TurboShake128.hash(
                    messages.span, messageLength: length, domain: 1, into: &span, outputLength: outputLength,
                    count: count)
                let expected = (0..<count).flatMap {
                    hash(Array(messages[$0 * length..<($0 + 1) * length]), domain: 1, count: outputLength)
                }
                #expect(output == expected, "\(count) messages of \(length) bytes")
            }
        }
    }

    private func pattern(_ length: Int) -> [UInt8] { (0..<length).map { UInt8($0 % 251) } }

    private func hash(_ message: [UInt8], domain: UInt8, count: Int, path: ProcessorPath = .current) -> [UInt8] {
        var sponge = TurboShake128(path: path)
        sponge.absorb(message.span)
        sponge.finish(domain: domain)
        return sponge.squeeze(count)
    }
}
