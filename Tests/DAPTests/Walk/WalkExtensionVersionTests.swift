import PopulusDAP
import Testing

/// Tasks whose walk extension another version made.
@Suite struct WalkExtensionVersionTests {
    /// The extension as it was before it had a version: it begins with `min_threshold`.
    private static let earlier = """
        000000000000000a 00002710 012c 000186a0 0007 00000100 0000000000015180 00
        """

    private func task(_ data: String, bits: UInt16 = 256) throws -> TaskConfiguration {
        try Sample.task(bits: bits, extensions: [TaskExtension(type: 0xFD57, data: hex(data))])
    }

    /// The extension of today with another beginning.
    private func extended(_ beginning: String) -> String {
        let bounds = Sample.boundsHex.split(separator: "\n").dropFirst(2)
        return ([beginning] + bounds.map(String.init)).joined(separator: "\n") + "\n"
    }

    @Test func eachIsRefusedForItsOwnReason() throws {
        let cases: [(String, WalkExtensionError)] = [
            (Self.earlier, .earlierVersion), (extended("0002 00"), .laterVersion(2)),
            (extended("0001 04 0003 0104"), .unknownMessages([3, 0x104])),
            (extended("0001 04 0104 0003"), .malformed(.badValue("messages"))),
            (extended("0001 04 0003 0003"), .malformed(.badValue("messages"))),
            (extended("0001 03 0003 00"), .malformed(.truncated)), ("00", .malformed(.truncated)),
            (extended("0001 00") + "00", .malformed(.trailing)),
        ]
        for (data, error) in cases {
            #expect(throws: error, "\(data)") { try task(data).walkExtension() }
        }
        #expect(try task(extended("0001 00")).walkExtension() == Sample.bounds)
        #expect(try task(extended("0001 02 0001")).walkExtension()?.messages == [.finish])
        #expect(try task(extended("0001 00")).walkExtension()?.messages == [])
        #expect(throws: WalkExtensionError.unknownMessages([2])) {
            try task(extended("0001 04 0001 0002")).walkExtension()
        }
    }

    @Test func oneBitIsNoWalk() throws {
        let bounds = Sample.boundsHex
        #expect(throws: WalkExtensionError.tooFewBits) { try WalkRules(task: try task(bounds, bits: 1)) }
        #expect(try WalkRules(task: try task(bounds, bits: 2)) != nil)
    }

    @Test func whatAnOldTaskIsToldFromADamagedOne() {
        #expect(WalkExtensionError.laterVersion(7).description.contains("newer Populus"))
        #expect(WalkExtensionError.unknownMessages([9]).description.contains("newer Populus"))
        #expect(WalkExtensionError.tooFewBits.description.contains("at least 2 bits"))
    }
}
