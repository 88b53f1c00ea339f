import Foundation
import HTTPServing
import HTTPServingHarness
import Logging
import Testing

/// Which texts are addresses to listen on, and what is really listened on.
@Suite struct ListenAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:9001", "127.0.0.1", 9001), ("0.0.0.0:0", "0.0.0.0", 0), ("localhost:65535", "localhost", 65535),
            ("*:80", "*", 80), ("[::1]:9001", "::1", 9001), ("[::]:9001", "::", 9001),
            ("[fe80::1%eth0]:9001", "fe80::1%eth0", 9001), ("[::ffff:127.0.0.1]:9001", "::ffff:127.0.0.1", 9001),
            ("dap-1.example.com:9001", "dap-1.example.com", 9001), ("my_host:09001", "my_host", 9001),
        ])
    func addresses(text: String, host: String, port: Int) throws {
        let address = try ListenAddress(parsing: text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(try ListenAddress(parsing: "\(address)") == address)
    }

    @Test(
        arguments: [
            ("", "127.0.0.1:9001"), ("9001", "127.0.0.1:9001"), ("9103", "127.0.0.1:9103"), ("99999", "127.0.0.1:9001"),
            ("localhost", "the port is missing"), ("[::1]", "the port is missing"), ("*", "the port is missing"),
            (":9001", "'*:9001'"), (":", "'*:9001'"), ("::1:9001", "[::1]:9001"), ("fe80::2:80", "[fe80::2]:80"),
            ("::", "[::1]:9001"), ("1:2:3", "[::1]:9001"),
            ("127.0.0.1:", "0 to 65535"), ("127.0.0.1:65536", "0 to 65535"), ("127.0.0.1:-1", "0 to 65535"),
            ("127.0.0.1:+80", "0 to 65535"), ("127.0.0.1:http", "0 to 65535"), ("127.0.0.1:80 ", "0 to 65535"),
            ("127.1:80", "four numbers"), ("0:80", "four numbers"), ("0x7f000001:80", "four numbers"),
            ("256.0.0.1:80", "four numbers"), ("1.2.3.4.5:80", "four numbers"), ("a b:80", "four numbers"),
            ("lëader:80", "four numbers"), ("-x:80", "four numbers"), ("**:80", "four numbers"),
            ("[127.0.0.1]:80", "only an IPv6"), ("[localhost]:80", "only an IPv6"), ("[::1]x:80", "only an IPv6"),
            ("[::1:80", "only an IPv6"), ("[fe80::1%]:80", "only an IPv6"), ("[]:80", "only an IPv6"),
            ("http://127.0.0.1:9001", "no http://"), ("127.0.0.1:9001/", "no http://"),
        ])
    func otherTexts(text: String, advice: String) {
        do throws(ListenAddressError) {
            Issue.record("\(text) is taken for \(try ListenAddress(parsing: text))")
        } catch {
            #expect(error.description.contains(advice), "\(text): \(error)")
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:1", "127.0.0.1:1", true), ("127.0.0.1:1", "127.0.0.1:2", false), ("*:0", "*:0", false),
            ("*:1", "127.0.0.1:1", true), ("[::1]:1", "*:1", true), ("0.0.0.0:1", "127.0.0.1:1", true),
            ("0.0.0.0:1", "[::1]:1", false), ("[::]:1", "127.0.0.1:1", false), ("[::]:1", "[::1]:1", true),
            ("localhost:1", "127.0.0.1:1", true), ("LOCALHOST:1", "localhost:1", true),
            ("10.0.0.1:1", "10.0.0.2:1", false),
        ])
    func twoThatCannotBoth(one: String, other: String, overlap: Bool) throws {
        let (one, other) = (try ListenAddress(parsing: one), try ListenAddress(parsing: other))
        #expect(one.overlaps(other) == overlap && other.overlaps(one) == overlap)
    }

    /// One server, both families, one port; the budgets and places are one too.
    @Test func everyAddressIsServedOnOnePort() async throws {
        let (bound, continuation) = AsyncStream.makeStream(of: BoundAddresses.self)
        let service = HTTPService(
            handler: EchoHandler(), address: ListenAddress(host: "*", port: 0), limits: quickLimits(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { continuation.yield($0) }
        let running = Task { try await service.run() }
        let addresses = try #require(await bound.first { _ in true }).addresses
        #expect(addresses.map(\.host) == ["0.0.0.0", "::"] || addresses.map(\.host) == ["0.0.0.0"])
        #expect(Set(addresses.map(\.port)).count == 1)
        let reply = try await RawSocket.exchange(
            port: addresses[0].port, "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(reply.status == 200, "\(reply)")
        running.cancel()
        _ = await running.result
    }

    /// IMF-fixdate, the same as the system's own.
    @Test func dates() {
        #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for seconds in stride(from: 0, to: 8_000_000_000, by: 40_000_007) + [951_782_399, 951_782_400, 951_868_800] {
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(HTTPDate.text(secondsSince1970: seconds) == formatter.string(from: date))
        }
    }
}
