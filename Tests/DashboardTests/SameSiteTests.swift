import Dashboard
import HTTPTypes
import Testing

/// Which names and which pages a request may come by.
@Suite struct SameSiteTests {
    private static func head(_ authority: String?, _ fields: [(String, String)] = []) -> HTTPRequest {
        var head = HTTPRequest(method: .post, scheme: "http", authority: authority, path: "/")
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { head.headerFields[name] = value }
        }
        return head
    }

    private static let site = SameSite(listening: "127.0.0.1", origins: ["https://Analysis.example"])

    @Test(arguments: [
        "127.0.0.1:9003", "127.0.0.1", "localhost:9003", "LOCALHOST", "[::1]:9003", "[::1]", "10.0.0.7:80",
        "analysis.example", "analysis.example:443",
    ])
    func ourOwnNamesAreServed(authority: String) {
        #expect(Self.site.isOurs(Self.head(authority)))
    }

    @Test(arguments: [
        nil, "", "evil.example", "evil.example:9003", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0",
        "1.2.3.256", "127.0.0.1.", "0x7f.0.0.1", "analysis.example.evil.example", ":9003",
    ])
    func otherNamesAreNot(authority: String?) {
        #expect(!Self.site.isOurs(Self.head(authority)))
    }

    @Test func aNameThatIsListenedOnIsServed() {
        #expect(SameSite(listening: "Dash.internal").isOurs(Self.head("dash.internal:9003")))
    }

    @Test(arguments: [
        [], [("Origin", "http://127.0.0.1:9003")], [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")],
        [("Origin", "http://127.0.0.1:9003"), ("Sec-Fetch-Site", "same-origin")],
    ])
    func ourOwnPagesMaySend(fields: [(String, String)]) {
        #expect(Self.site.isOfOurPage(Self.head("127.0.0.1:9003", fields)))
    }

    @Test(arguments: [
        [("Origin", "null")], [("Origin", "http://evil.example")], [("Origin", "http://127.0.0.1:8080")],
        [("Origin", "https://127.0.0.1:9003")], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
        [("Origin", "http://127.0.0.1:9003"), ("Sec-Fetch-Site", "cross-site")],
    ])
    func otherPagesMayNot(fields: [(String, String)]) {
        #expect(!Self.site.isOfOurPage(Self.head("127.0.0.1:9003", fields)))
    }

    /// Behind a proxy that was named pages have its origin.
    @Test func aProxysOriginIsOurs() {
        let fields = [("Origin", "https://analysis.example")]
        #expect(Self.site.isOfOurPage(Self.head("analysis.example", fields)))
        #expect(!Self.site.isOfOurPage(Self.head("127.0.0.1:9003", fields)))
        #expect(!Self.site.isOfOurPage(Self.head("analysis.example", [("Origin", "http://analysis.example")])))
    }

    @Test(arguments: [("https://a.example", true), ("http://a:80", true), ("a.example", false), ("https://a/b", false)])
    func anOriginIsAnOrigin(text: String, isOne: Bool) {
        #expect(SameSite.isOrigin(text) == isOne)
    }
}
