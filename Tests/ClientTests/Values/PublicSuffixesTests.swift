import Client
import Testing

/// The facts of publicsuffix.org's own test, with the rules that they need.
@Suite struct PublicSuffixesTests {
    private static let list = """
        // ===BEGIN ICANN DOMAINS===
        com
        biz
        ac
        uk
        co.uk
        jp
        ac.jp
        kyoto.jp
        ide.kyoto.jp
        *.kobe.jp
        !city.kobe.jp
        *.ck
        !www.ck
        *.mm
        us
        ak.us
        k12.ak.us
        cn
        com.cn
        公司.cn
        中国

        // ===BEGIN PRIVATE DOMAINS===
        uk.com   // what follows a space is no part of a rule
        github.io\t
        """

    private func domain(_ host: String) throws -> String? {
        let suffixes = try #require(PublicSuffixes(list: Array(Self.list.utf8)))
        return suffixes.registrableDomain(of: Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("com", nil), ("example.com", "example.com"), ("www.example.com", "example.com"),
            // A name that the list does not have.
            ("example", nil), ("example.example", "example.example"), ("a.b.example.example", "example.example"),
            ("biz", nil), ("domain.biz", "domain.biz"), ("a.b.domain.biz", "domain.biz"),
            // Rules of companies count as those of registries do.
            ("uk.com", nil), ("example.uk.com", "example.uk.com"), ("a.b.example.uk.com", "example.uk.com"),
            ("github.io", nil), ("me.github.io", "me.github.io"), ("a.me.github.io", "me.github.io"),
            ("test.ac", "test.ac"),
            // Only a wildcard.
            ("mm", nil), ("c.mm", nil), ("b.c.mm", "b.c.mm"), ("a.b.c.mm", "b.c.mm"),
            ("jp", nil), ("test.jp", "test.jp"), ("www.test.jp", "test.jp"), ("ac.jp", nil),
            ("www.test.ac.jp", "test.ac.jp"), ("kyoto.jp", nil), ("test.kyoto.jp", "test.kyoto.jp"),
            ("ide.kyoto.jp", nil),
            ("a.b.ide.kyoto.jp", "b.ide.kyoto.jp"), ("c.kobe.jp", nil), ("a.b.c.kobe.jp", "b.c.kobe.jp"),
            // An exception.
            ("city.kobe.jp", "city.kobe.jp"), ("www.city.kobe.jp", "city.kobe.jp"),
            ("ck", nil), ("test.ck", nil), ("a.b.test.ck", "b.test.ck"), ("www.ck", "www.ck"), ("www.www.ck", "www.ck"),
            ("us", nil), ("www.test.us", "test.us"), ("ak.us", nil), ("www.test.ak.us", "test.ak.us"),
            ("k12.ak.us", nil),
            ("www.test.k12.ak.us", "test.k12.ak.us"),
            // Names beyond ASCII, as hosts have them.
            ("xn--85x722f.com.cn", "xn--85x722f.com.cn"),
            ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("shishi.xn--55qx5d.cn", "shishi.xn--55qx5d.cn"), ("xn--55qx5d.cn", nil),
            ("www.xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"), ("xn--fiqs8s", nil),
            // Addresses belong to nobody's name.
            ("1.2.3.4", nil), ("[::1]", nil), ("", nil), (".", nil),
            ("www.example.com.", "example.com"),
        ] as [(String, String?)])
    func aNameBelongsToADomain(host: String, expected: String?) throws {
        #expect(try domain(host) == expected)
    }

    @Test func whatHasNoDomainIsItsOwnSite() throws {
        let suffixes = try #require(PublicSuffixes(list: Array(Self.list.utf8)))
        for (host, site) in [
            ("co.uk", "co.uk"), ("1.2.3.4", "1.2.3.4"), ("[::1]", "[::1]"), ("localhost", "localhost"), ("com.", "com"),
            ("a.example.com", "example.com"),
        ] {
            #expect(suffixes.site(of: Array(host.utf8)) == Array(site.utf8))
        }
    }

    @Test func whatIsNoListIsRefused() {
        for text in ["", "// com\n", "alpha\nbeta\n", "{}"] { #expect(PublicSuffixes(list: Array(text.utf8)) == nil) }
    }
}
