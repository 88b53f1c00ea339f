import Dashboard
import Testing

/// Whatever anybody wrote is shown, and no browser obeys it.
@Suite struct HostileTextTests {
    private static let plain = Array("https://example.org/a".utf8)

    /// Texts that would be tags, attributes or another direction.
    private static let hostile: [[UInt8]] = [
        Array("<script>alert(1)</script>".utf8),
        Array("\"><img src=x onerror=alert(1)>".utf8),
        Array("' onmouseover='alert(1)".utf8),
        // A sign with an accent over it is another character, and for a browser the same sign.
        Array("\"\u{301} onfocus=alert(1) autofocus x=\"\u{301}".utf8),
        Array("<\u{301}b>\u{301}<b\u{301}>'\u{338}\"\u{20dd}".utf8),
        Array("javascript:alert(1)".utf8),
        Array("</title></textarea></style><svg onload=alert(1)>".utf8),
        Array("<!-- -->{{csrf}}{{{csrf}}}{{>frame}}".utf8),
        Array("\u{202e}moc.live\u{2066}\u{200f}\u{feff}\u{2028}".utf8),
        [0, 7, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x0d, 0x0a, 0x7f, 0xc2, 0x85],
        [0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80],
        Array(repeating: UInt8(ascii: "<"), count: 5000),
        [],
    ]

    @Test func theTagsOfAPageAreThoseOfAHarmlessOne() throws {
        let pages = try Pages()
        let harmless = Samples(Self.plain).pages(pages)
        for (index, text) in Self.hostile.enumerated() {
            for ((name, html), (_, expected)) in zip(Samples(text).pages(pages), harmless) {
                #expect(
                    Skeleton(html).withoutSpans == Skeleton(expected).withoutSpans, "text \(index) on the page \(name)")
            }
        }
    }

    /// The comparison of tags would see what it is for.
    @Test func aTagMoreIsNoticed() {
        let expected = Skeleton(Array("<p title=\"a\">b</p>".utf8))
        for broken in [
            "<p title=\"a\" onclick=\"\">b</p>", "<p title=\"\"\u{301} x=\"\">b</p>", "<p title=\"a\"><b></p>",
        ] {
            #expect(Skeleton(Array(broken.utf8)) != expected)
        }
    }

    /// No sign of a string turns the direction of a line, ends it, or is not to be seen.
    @Test func nothingInvisibleIsLeftOfAString() throws {
        let pages = try Pages()
        let signs: Set<Unicode.Scalar> = [
            "\u{202e}", "\u{2066}", "\u{200f}", "\u{feff}", "\u{2028}",
            "\u{85}", "\u{0}", "\u{7}", "\u{1b}", "\u{d}", "\u{7f}",
        ]
        for text in Self.hostile {
            let samples = Samples(ForeignValue(text), words: "words")
            for (name, html) in samples.pages(pages) {
                let shown = String(decoding: html, as: UTF8.self)
                #expect(!shown.unicodeScalars.contains { signs.contains($0) }, "on the page \(name)")
                #expect(String(validating: html, as: UTF8.self) != nil, "on the page \(name)")
            }
        }
    }

    @Test func aLongStringIsCutInATableAndWholeOnItsPage() throws {
        let pages = try Pages()
        let samples = Samples(ForeignValue(Array(repeating: UInt8(ascii: "a"), count: 3000)), words: "words")
        let inTable = String(decoding: pages.html(samples.comparison, samples.frame), as: UTF8.self)
        let whole = String(decoding: pages.html(samples.string, samples.frame), as: UTF8.self)
        let long = String(repeating: "a", count: 241)
        #expect(!inTable.contains(">" + long))
        #expect(
            inTable.contains(String(repeating: "a", count: 240) + "<span class=\"escape\" title=\"there is more\">…"))
        #expect(whole.contains(">" + String(repeating: "a", count: 3000) + "</bdi>"))
    }

    @Test func escapesAreShownAsSuch() throws {
        let pages = try Pages()
        let samples = Samples(Array("a\\b\u{202e}c".utf8))
        let html = String(decoding: pages.html(samples.string, samples.frame), as: UTF8.self)
        #expect(
            html.contains(
                #"dir="ltr">a<span class="escape">\\</span>b<span class="escape">\xe2\x80\xae</span>c</bdi>"#))
    }
}
