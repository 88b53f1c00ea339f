import PopulusDAP
import Testing

/// What may be an aggregator's base URL, and what is said of what may not.
@Suite struct AggregatorURLTests {
    @Test(arguments: [
        ("https://leader.example/", "https://leader.example/", 443),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001/", 9001),
        ("HTTPS://Leader.Example:443/Dap", "https://leader.example:443/Dap/", 443),
        ("http://localhost:80/", "http://localhost:80/", 80),
        ("http://dap_leader:8080/", "http://dap_leader:8080/", 8080),
        ("https://[2001:db8::1]:8443/a/b/", "https://[2001:db8::1]:8443/a/b/", 8443),
        ("https://xn--lder-goa.example/", "https://xn--lder-goa.example/", 443), ("http://h/", "http://h/", 80),
        ("https://192.0.2.255/v1.0/~x", "https://192.0.2.255/v1.0/~x/", 443),
        ("https://1.example/", "https://1.example/", 443),
    ])
    func theseAre(text: String, as taken: String, port: Int) throws {
        let url = try AggregatorURL(text)
        #expect(url.text == taken && url.effectivePort == port)
        #expect(try AggregatorURL(taken) == url)
    }

    @Test(arguments: [
        ("http://127.0.0.1:9001/ ", "a space"), (" https://h.example/", "a space"),
        ("https://h\u{202e}.example/", "be seen"), ("https://h.example/\n", "be seen"),
        ("", "https://leader.example/"), ("not a URL", "a space"),
        ("leader.example", "give https://leader.example/"),
        ("leader.example:8443/x", "give https://leader.example:8443/x/"), ("https:/h.example/", "no scheme"),
        ("ftp://h.example/", "not ftp"), ("https:///", "no host"), ("https://u:p@h.example/", "a user"),
        ("https://h.example/?a", "query"), ("https://h.example/#a", "fragment"),
        ("http://127.0.0.1:99999/", "1 to 65535"), ("http://127.0.0.1:0/", "1 to 65535"),
        ("http://h.example:/", "1 to 65535"), ("http://h.example:+1/", "1 to 65535"),
        ("http://h.example:080/", "1 to 65535"), ("http://h.example:8x/", "1 to 65535"),
        ("http://127.0.0.1:9001//", "two slashes"), ("http://127.0.0.1:9001/a/../b/", ". or .."),
        ("https://h.example/a/./", ". or .."), ("http://h.example/%zz/", "%zz"),
        ("http://h.example/%2e%2e/", "%2e%2e"), ("http://h.example\\a/", "cannot stand"),
        ("https://h.example/a\\b/", "cannot stand"), ("https://2001:db8::1/", "[2001:db8::1]"),
        ("https://[2001:db8::g]/", "no address"), ("https://[::1/", "no address"),
        ("https://[fe80::1%25eth0]/", "no address"), ("https://[127.0.0.1]/", "no address"),
        ("http://127.1/", "no address"), ("http://0x7f000001/", "no address"),
        ("http://2130706433/", "no address"), ("http://127.0.0.256/", "no address"),
        ("http://127.0.0.01/", "no address"), ("http://h.example.1/", "no address"),
        ("http://0.0.0.0:9001/", "listen on"), ("http://[::]/", "listen on"),
        ("https://h..example/", "no host"), ("https://h.example./", "no host"),
        ("https://-h.example/", "no host"), ("https://h,example/", "no host"),
        ("https://h%41.example/", "no host"), ("https://l\u{eb}ader.example/", "xn--lader-nsa.example"),
        ("https://LE\u{0308}ADER.example/", "xn--lader-nsa"), ("http://\u{ff11}27.0.0.1/", "127.0.0.1"),
    ])
    func theseAreNot(text: String, said: String) {
        do {
            let url = try AggregatorURL(text)
            Issue.record("\(text) was taken as \(url.text)")
        } catch {
            #expect(error.description.contains(said), "\(text): \(error.description)")
        }
    }

    /// Plain HTTP is for this machine: a name that only begins like its address is another one's.
    @Test func onlyThisMachineIsLoopback() throws {
        for text in [
            "http://127.0.0.1/", "http://127.255.0.9:1/", "http://localhost/", "http://LOCALHOST:1/", "http://[::1]/",
        ] {
            let url = try AggregatorURL(text)
            #expect(url.isLoopback && !url.isExposed, "\(text)")
        }
        for text in [
            "http://127.evil.example/", "http://localhost.example/", "http://1.127.0.1/", "http://[::2]/", "http://h/",
            "http://127.0.0.1.example/", "http://[::ffff:127.0.0.1]/",
        ] {
            #expect(try AggregatorURL(text).isExposed, "\(text)")
        }
        #expect(try !AggregatorURL("https://127.evil.example/").isExposed)
    }

    @Test func whoIsTheSame() throws {
        let same = [
            ("https://h.example/", "https://h.example:443/"), ("https://H.example", "https://h.example/"),
            ("http://localhost:9001/", "http://127.0.0.1:9001/"),
        ]
        for (one, other) in same {
            #expect(try AggregatorURL(one).leadsToSame(as: AggregatorURL(other)), "\(one) \(other)")
        }
        let (one, other) = (
            try AggregatorURL("https://h.example/leader/"), try AggregatorURL("https://h.example/helper/")
        )
        #expect(one.sharesServer(with: other) && !one.leadsToSame(as: other))
        #expect(
            try !AggregatorURL("http://127.0.0.1:9001/").sharesServer(with: AggregatorURL("http://127.0.0.1:9002/")))
    }
}

/// Names in the form that the DNS knows, by the examples of RFC 3492 §7.1 and others that are well known.
@Suite struct PunycodeTests {
    @Test(arguments: [
        ("b\u{fc}cher.example", "xn--bcher-kva.example"), ("m\u{fc}nchen", "xn--mnchen-3ya"),
        ("fa\u{df}.de", "xn--fa-hia.de"),
        ("\u{4ed6}\u{4eec}\u{4e3a}\u{4ec0}\u{4e48}\u{4e0d}\u{8bf4}\u{4e2d}\u{6587}", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        (
            "\u{43f}\u{43e}\u{447}\u{435}\u{43c}\u{443}\u{436}\u{435}\u{43e}\u{43d}\u{438}\u{43d}\u{435}"
                + "\u{433}\u{43e}\u{432}\u{43e}\u{440}\u{44f}\u{442}\u{43f}\u{43e}\u{440}\u{443}\u{441}\u{441}"
                + "\u{43a}\u{438}", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"
        ),
        ("\u{2603}.example", "xn--n3h.example"), ("plain.example", "plain.example"),
    ])
    func known(host: String, ascii: String) {
        #expect(Punycode.ascii(host: host) == ascii)
    }

    @Test func aNameThatIsTooLongHasNone() {
        #expect(Punycode.ascii(host: String(repeating: "\u{fc}", count: 300) + ".example") == nil)
    }
}
