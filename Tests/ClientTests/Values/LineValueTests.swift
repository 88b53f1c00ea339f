import Client
import Testing

/// What of a URL is uploaded, and in which form.
///
/// Where the URL Standard and RFC 3986 have the same form it is that one; where they do not, what was written stays.
@Suite struct LineValueTests {
    private static let whole: LineValue = {
        var kept = LineValue.Kept()
        kept.credentials = true
        kept.query = true
        kept.fragment = true
        return LineValue(.url, keeping: kept, suffixes: nil)
    }()

    private func text(_ line: String, _ value: LineValue) throws -> String {
        String(decoding: try value.string(of: Array(line.utf8)), as: UTF8.self)
    }

    static let forms: [(line: String, form: String)] = [
        // Scheme and host in small letters, the rest as it is.
        ("HTTPS://EXAMPLE.com/Path?Query#Fragment", "https://example.com/Path?Query#Fragment"),
        ("http://example.com", "http://example.com/"), ("http://example.com?a", "http://example.com/?a"),
        ("http://example.com/?", "http://example.com/?"), ("http://example.com/#", "http://example.com/#"),
        ("  http://example.com/\t", "http://example.com/"),
        // The scheme's own port.
        ("http://a.com:80/", "http://a.com/"), ("https://a.com:443/", "https://a.com/"),
        ("ws://a.com:80/", "ws://a.com/"), ("wss://a.com:443/", "wss://a.com/"), ("ftp://a.com:21/", "ftp://a.com/"),
        ("http://a.com:443/", "http://a.com:443/"), ("http://a.com:/", "http://a.com/"),
        ("http://a.com:0080/", "http://a.com/"), ("http://a.com:65535/", "http://a.com:65535/"),
        // Dot segments, also with their dots as %2e.
        ("http://a.com/a/./b/../c", "http://a.com/a/c"), ("http://a.com/../x", "http://a.com/x"),
        ("http://a.com/a/..", "http://a.com/"), ("http://a.com/a/.", "http://a.com/a/"),
        ("http://a.com/%2e/a/.%2E/%2e%2e/b", "http://a.com/b"), ("http://a.com/a//../b", "http://a.com/a/b"),
        ("http://a.com/.../a", "http://a.com/.../a"), ("http://a.com//x", "http://a.com//x"),
        ("http://a.com/a?b/../c", "http://a.com/a?b/../c"),
        // What may stand in no URL.
        ("http://a.com/a b\"<>`{}é", "http://a.com/a%20b%22%3C%3E%60%7B%7D%C3%A9"),
        ("http://a.com/?a b\"<>é", "http://a.com/?a%20b%22%3C%3E%C3%A9"),
        ("http://a.com/#a b`", "http://a.com/#a%20b%60"),
        // RFC 3986 has `/~%2F`: what only one of the two changes stays.
        ("http://a.com/%7e%2f", "http://a.com/%7e%2f"), ("http://a.com/%zz", "http://a.com/%zz"),
        // Credentials.
        ("http://u:p@a.com/", "http://u:p@a.com/"), ("http://u:@a.com/", "http://u@a.com/"),
        ("http://:@a.com/", "http://a.com/"), ("http://@a.com/", "http://a.com/"),
        ("http://:p@a.com/", "http://:p@a.com/"),
        // Hosts.
        ("http://ex%41mple.com/", "http://example.com/"), ("http://Bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"), ("http://日本語。ｊｐ/", "http://xn--wgv71a119e.jp/"),
        ("http://%E2%98%83.net/", "http://xn--n3h.net/"), ("http://1.2.3.4/", "http://1.2.3.4/"),
        ("http://a_b.com/", "http://a_b.com/"), ("http://a.com./", "http://a.com./"),
        ("http://[::1]/", "http://[::1]/"), ("http://[1:0:0:0:0:0:0:8]:80/", "http://[1::8]/"),
        ("http://[::FFFF:1.2.3.4]/", "http://[::ffff:102:304]/"), ("http://[1:0:0:2::3]/", "http://[1:0:0:2::3]/"),
        ("http://[::]/", "http://[::]/"), ("http://[1:2:3:4:5:6:7:8]/", "http://[1:2:3:4:5:6:7:8]/"),
        // Files.
        ("file:///a/../b", "file:///b"), ("file:/a", "file:///a"), ("file://localhost/a", "file:///a"),
        ("file://HOST/a", "file://host/a"), ("file:///C:/../x", "file:///C:/x"),
        // Schemes that the URL Standard does not know: hosts keep their capitals, no path stays none.
        ("FOO://Host", "foo://Host"), ("foo://Host:80/a/../b", "foo://Host:80/b"), ("foo:/a/../b", "foo:/b"),
        ("foo:/a/..//b", "foo:/.//b"), ("mailto:A@b.example", "mailto:A@b.example"), ("foo:a/../b", "foo:a/../b"),
        ("foo:é", "foo:%C3%A9"),
    ]

    @Test(arguments: forms) func aURLHasOneForm(line: String, form: String) throws {
        #expect(try text(line, Self.whole) == form)
        #expect(try text(form, Self.whole) == form, "the form of the form")
    }

    @Test(arguments: [
        ("", URLRefusal.noScheme), ("example.com/a", .noScheme), ("//example.com/", .noScheme),
        ("1http://a/", .noScheme),
        ("://a/", .noScheme), ("not a url", .noScheme), ("time: 12", .space),
        ("http://a.com/a\u{1}b", .controlCharacter),
        ("http://a.com/a\tb", .controlCharacter), ("http://a.com\\@b.com/", .backslash),
        ("http://a.com/a\\b", .backslash), ("C:\\Users\\me", .backslash), ("http://a@b@c.com/", .severalAts),
        ("http:example.com", .noHost), ("http:/example.com", .noHost), ("http:///a", .noHost), ("http://", .noHost),
        ("http://:80/", .noHost), ("http://u@/", .noHost), ("file:a", .noHost), ("foo://:80/", .noHost),
        ("http://a b.com/", .host), ("http://a%20b.com/", .host), ("http://a%2fb/", .host), ("http://a%zz/", .host),
        ("http://a<b/", .host), ("http://[::1/", .host), ("http://[::1]x/", .host), ("http://[v1.a]/", .host),
        ("http://[fe80::1%25eth0]/", .host), ("http://[1.2.3.4]/", .host), ("file://u@h/", .host),
        ("file://h:80/", .host),
        ("http://\u{200d}a.com/", .host), ("http://a.com:8x/", .port), ("http://a.com:65536/", .port),
        ("http://a:b:1/", .port), ("http://127.1/", .numericHost), ("http://0x7f.1/", .numericHost),
        ("http://1.2.3.4./", .numericHost), ("http://1.2.3.256/", .numericHost), ("http://01.2.3.4/", .numericHost),
    ])
    func whatTheStandardsReadInTwoWaysIsRefused(line: String, reason: URLRefusal) {
        #expect(throws: reason) { try Self.whole.string(of: Array(line.utf8)) }
        #expect(reason.description.hasPrefix("no URL"))
    }

    /// Bytes that are no UTF-8 are in URLs too.
    @Test func bytesBeyondASCIIAreEncodedAsTheyAre() throws {
        let line = Array("http://a.com/caf".utf8) + [0xe9]
        #expect(try Self.whole.string(of: line) == Array("http://a.com/caf%E9".utf8))
        #expect(throws: URLRefusal.host) { try Self.whole.string(of: Array("http://caf".utf8) + [0xe9]) }
    }

    /// Passwords, names, search words and tokens are left out unless they are wanted.
    @Test func credentialsQueryAndFragmentAreLeftOut() throws {
        let line = "https://user:secret@Example.com:8443/a/b?session=1#top"
        #expect(try text(line, LineValue(.url, suffixes: nil)) == "https://example.com:8443/a/b")
        var kept = LineValue.Kept()
        kept.query = true
        #expect(
            try text(line, LineValue(.url, keeping: kept, suffixes: nil)) == "https://example.com:8443/a/b?session=1")
        kept = LineValue.Kept()
        kept.fragment = true
        #expect(try text(line, LineValue(.url, keeping: kept, suffixes: nil)) == "https://example.com:8443/a/b#top")
        kept = LineValue.Kept()
        kept.credentials = true
        #expect(
            try text(line, LineValue(.url, keeping: kept, suffixes: nil)) == "https://user:secret@example.com:8443/a/b")
    }

    @Test func partsOfAURL() throws {
        let line = "https://user@www.Example.co.uk:8443/a?b#c"
        #expect(try text(line, .raw) == line)
        #expect(try text("anything\u{1}", .raw) == "anything\u{1}")
        #expect(try text(line, LineValue(.origin, suffixes: nil)) == "https://www.example.co.uk:8443")
        #expect(try text("https://a.com:443/", LineValue(.origin, suffixes: nil)) == "https://a.com")
        #expect(try text(line, LineValue(.host, suffixes: nil)) == "www.example.co.uk")
        #expect(try text("http://[::1]:80/", LineValue(.host, suffixes: nil)) == "[::1]")
        let suffixes = try #require(PublicSuffixes(list: Array("com\nco.uk\n".utf8)))
        #expect(try text(line, LineValue(.site, suffixes: suffixes)) == "example.co.uk")
        for form in [LineValue.Form.host, .site] {
            #expect(throws: URLRefusal.noHost) { try text("mailto:a@b", LineValue(form, suffixes: suffixes)) }
            #expect(throws: URLRefusal.noHost) { try text("file:///a", LineValue(form, suffixes: suffixes)) }
        }
        for line in ["file:///a", "foo://host/", "mailto:a@b"] {
            #expect(throws: URLRefusal.noOrigin) { try text(line, LineValue(.origin, suffixes: nil)) }
        }
    }
}
