import Client
import Testing

@Suite struct NoTextTests {
    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    @Test(
        arguments: [
            ([0xff, 0xfe, 0x61, 0], NoText.utf16(nil)), ([0xfe, 0xff, 0, 0x61], .utf16(nil)),
            ([0xff, 0xfe], .utf16(nil)),
            ([0xff, 0xfe, 0, 0], .utf32), ([0, 0, 0xfe, 0xff], .utf32),
            ([0x61, 0, 0x62, 0, 0x0a, 0], .utf16(.little)), ([0, 0x61, 0, 0x62, 0, 0x0a], .utf16(.big)),
            ([0x1f, 0x8b, 8], .packed(.gzip)), ([0x1f, 0x9d, 0x90], .packed(.compress)),
            ([0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], .packed(.bzip2)),
            ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], .packed(.sevenZip)), ([0x04, 0x22, 0x4d, 0x18], .packed(.lz4)),
            ([0x61, 0x62, 0x63, 0x0a, 0], .nul(at: 4)), ([0], .nul(at: 0)),
        ] as [([UInt8], NoText)])
    func beginningsThatTell(bytes: [UInt8], what: NoText) {
        #expect(NoText(beginning: bytes) == what)
    }

    /// Words that begin like something packed, invalid UTF-8, and a mark are text.
    @Test func whatMayBeText() {
        let words = ["", "a", "PK\n", "PKzip", "BZh9\n", "BZh91\n", "7zip", "%PDF", "\u{7f}", "þÿ", "é\n"]
        for word in words { #expect(NoText(beginning: Array(word.utf8)) == nil, "\(word)") }
        #expect(NoText(beginning: [0xe9, 0x74, 0xe9, 0x0a]) == nil)
        #expect(NoText(beginning: Self.mark + [0x61]) == nil)
        #expect(NoText(beginning: [0x61, 0, 0x62], nulIsText: true) == nil)
        #expect(NoText(beginning: [0x1f, 0x8b, 0], nulIsText: true) == .packed(.gzip))
    }
}
