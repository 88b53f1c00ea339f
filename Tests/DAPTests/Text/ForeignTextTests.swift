import PopulusDAP
import Testing

/// What others have written, as it is shown.
@Suite struct ForeignTextTests {
    @Test func printableTextStaysAsItIs() {
        for text in ["", "The batch is too small.", "naïve Ünïcode: 日本語 🍎", #"C:\x1b\\"#] {
            #expect(ForeignText.escaped(text) == text)
        }
    }

    @Test(arguments: [
        ("\u{1b}[2J", #"\x1b[2J"#), ("a\nb\r\u{b}\tc", #"a\x0ab\x0d\x0b\x09c"#), ("\0\u{7f}", #"\x00\x7f"#),
        ("\u{9b}31m\u{85}", #"\xc2\x9b31m\xc2\x85"#),
        ("\u{202e}gpj\u{2066}\u{200f}", #"\xe2\x80\xaegpj\xe2\x81\xa6\xe2\x80\x8f"#),
        ("\u{200b}\u{feff}\u{ad}", #"\xe2\x80\x8b\xef\xbb\xbf\xc2\xad"#),
        ("\u{2028}\u{2029}\u{a0}", #"\xe2\x80\xa8\xe2\x80\xa9\xc2\xa0"#),
        ("\u{e000}\u{e0041}", #"\xee\x80\x80\xf3\xa0\x81\x81"#),
    ])
    func whatSteersATerminalIsEscaped(text: String, shown: String) {
        #expect(ForeignText.escaped(text) == shown)
        #expect(ForeignText.escaped(shown) == shown)
    }

    /// Persian with a non-joiner, Hindi with a joiner and a non-joiner, emoji of several, with a style, in a keycap.
    @Test(arguments: [
        "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}", "\u{915}\u{94d}\u{200d}\u{937}",
        "\u{915}\u{94d}\u{200c}\u{937}", "\u{1f469}\u{200d}\u{1f4bb}", "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "\u{1f469}\u{1f3fd}\u{200d}\u{2764}\u{fe0f}\u{200d}\u{1f468}", "\u{2764}\u{fe0f}", "1\u{fe0f}\u{20e3}",
    ])
    func joinersInsideTextStay(text: String) {
        #expect(ForeignText.escaped(text) == text)
        #expect(ForeignText.escapedLines("a " + text + "\nb") == "a " + text + "\nb")
    }

    /// Where they change nothing that is seen, two texts would look the same.
    @Test(arguments: [
        ("exam\u{200d}ple", #"exam\xe2\x80\x8dple"#), ("\u{200c}\u{645}", "\\xe2\\x80\\x8c\u{645}"),
        ("\u{645}\u{200c}", "\u{645}\\xe2\\x80\\x8c"), ("\u{645}\u{200c} x", "\u{645}\\xe2\\x80\\x8c x"),
        ("\u{645}\u{200c}\u{200c}\u{62e}", "\u{645}\\xe2\\x80\\x8c\\xe2\\x80\\x8c\u{62e}"),
        ("\u{200d}", #"\xe2\x80\x8d"#), ("1\u{200d}2", #"1\xe2\x80\x8d2"#),
        ("\u{1f469}\u{200c}\u{1f4bb}", "\u{1f469}\\xe2\\x80\\x8c\u{1f4bb}"),
        ("a\u{fe0f}", #"a\xef\xb8\x8f"#), ("1\u{fe0f}2", #"1\xef\xb8\x8f2"#),
        ("\u{2764}\u{fe0f}\u{fe0f}", "\u{2764}\u{fe0f}\\xef\\xb8\\x8f"),
        ("a\u{34f}b\u{115f}\u{3164}", #"a\xcd\x8fb\xe1\x85\x9f\xe3\x85\xa4"#), ("\u{2800}", #"\xe2\xa0\x80"#),
        ("\u{e0100}", #"\xf3\xa0\x84\x80"#), ("\u{61c}", #"\xd8\x9c"#),
    ])
    func whatHidesIsEscaped(text: String, shown: String) {
        #expect(ForeignText.escaped(text) == shown)
        #expect(ForeignText.escaped(shown) == shown)
    }

    @Test func noJoinerIsLeftAtACut() {
        let long = String(repeating: "\u{645}\u{200c}", count: 1000)
        for limit in [998, 999] {
            let cut = ForeignText.escaped(long, limit: limit)
            #expect(cut.hasSuffix("\u{645}…") && ForeignText.escaped(cut) == cut)
        }
    }

    @Test func bytesThatAreNoUTF8AreEscaped() {
        #expect(
            ForeignText.escaped([0x61, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x9f])
                == #"a\xff\xc0\x80\xed\xa0\x80\xf0\x9f"#)
    }

    @Test func longTextIsCut() {
        let long = ForeignText.escaped(String(repeating: "a", count: 5000))
        #expect(long == String(repeating: "a", count: 1000) + "…")
        let escaped = ForeignText.escaped(String(repeating: "\n", count: 5000))
        #expect(escaped.count <= 1005 && escaped.hasSuffix("…"))
        #expect(ForeignText.escaped(escaped, limit: 2000) == escaped)
    }

    @Test func ownLineFeedsStay() {
        #expect(ForeignText.escapedLines("a\u{1b}\n\nb\r\n") == "a\\x1b\n\nb\\x0d\n")
        let long = String(repeating: "a", count: 5000)
        #expect(ForeignText.escapedLines(long) == long)
    }

    /// Whoever reads a problem document has it escaped, and can show, store and hand on its words.
    @Test func problemDocumentsAreEscapedWhenTheyAreRead() throws {
        let body = #"{"type":"a\u001b\n","title":"t\u009b","detail":"d\n\u202eforged","status":400}"#
        let problem = try #require(ProblemDocument(decoding: Array(body.utf8)))
        #expect(problem.type?.uri == #"a\x1b\x0a"#)
        #expect(problem.title == #"t\xc2\x9b"# && problem.detail == #"d\x0a\xe2\x80\xaeforged"#)
        #expect(ProblemDocument(decoding: problem.encoded()) == problem)
        let long = #"{"detail":"\#(String(repeating: "x", count: 100_000))"}"#
        #expect(ProblemDocument(decoding: Array(long.utf8))?.detail?.count == 1001)
    }
}
