import AggregatorServer
import Testing

/// Origins as browsers write them, and what is said of others.
@Suite struct WebOriginTests {
    @Test(
        arguments: [
            "https://app.example", "http://localhost", "http://localhost:8080", "https://app.example:8443",
            "http://127.0.0.1:9001", "http://[::1]:9001", "https://xn--bcher-kva.example",
            "http://app.example:443", "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
            "moz-extension://3b1a0c9e-0b0a-4c39-9d3e-1f2a3b4c5d6e",
        ])
    func whatBrowsersSendIsTaken(text: String) throws {
        #expect(try WebOrigin(text).text == text)
    }

    @Test(
        arguments: [
            ("https://app.example/", "give https://app.example"),
            ("https://app.example/page", "give https://app.example"),
            ("https://app.example?q", "give https://app.example"),
            ("https://app.example#f", "give https://app.example"),
            ("https://App.Example", "give https://app.example"), ("HTTPS://app.example", "give https://app.example"),
            ("https://app.example:443", "give https://app.example"),
            ("http://app.example:80", "give http://app.example"),
            ("https://app.example:443/x", "give https://app.example"), ("app.example", "give https://app.example"),
            ("app.example:8443", "give https://app.example:8443"), ("", "scheme://host:port"),
            ("null", "sandboxed"), ("https://*.example", "each origin by itself"),
            ("*.example", "such as https://app.example"),
            ("https://user@app.example", "scheme://host:port"), ("https://", "scheme://host:port"),
            ("https://app.example:0", "1 to 65535"), ("https://app.example:99999", "1 to 65535"),
            ("https://app..example", "no host"), ("https://bücher.example", "xn--bcher-kva.example"),
            ("file:///", "is no origin"), ("://app.example", "is no origin"), ("x y://app", "is no origin"),
            ("https://app.example, https://b.example", "no host"),
            ("chrome-extension://A/", "give chrome-extension://a"),
            ("http://::1", "scheme://host:port"), ("http://[0:0::0:1]:9001", "give http://[::1]:9001"),
        ])
    func whatTheyNeverSendIsToldTheForm(text: String, said: String) {
        do throws(WebOriginError) {
            _ = try WebOrigin(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(said), "\(text): \(error)")
        }
    }
}
