import Foundation
import HTTPServing
import HTTPServingHarness
import Testing

/// What RFC 9110 and RFC 9112 want of every server, whatever it serves.
@Suite struct HTTPRulesTests {
    private static func exchange(_ request: String, then body: [UInt8] = [], seconds: Double = 3) async throws
        -> RawSocket.Reply
    {
        try await withServer(EchoHandler()) { port in
            try await RawSocket.exchange(port: port, request, body: body, seconds: seconds)
        }
    }

    @Test(
        arguments: [
            ("GET /nothing HTTP/1.0\r\n\r\n", ["close"], true),
            ("GET /nothing HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", ["keep-alive"], false),
            ("GET /nothing HTTP/1.0\r\nConnection: Foo, Keep-Alive\r\n\r\n", ["keep-alive"], false),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", [], false),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Close\r\n\r\n", ["close"], true),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", [], false),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", ["close"], true),
            ("GET /where HTTP/1.0\r\n\r\n", ["close"], true),
            // The decoder reads no request behind one that asks for another protocol.
            ("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", ["close"], true),
        ])
    func connectionsStayOrEndAsTheClientSays(request: String, connection: [String], ends: Bool) async throws {
        let reply = try await Self.exchange(request, seconds: 0.7)
        #expect([200, 404].contains(reply.status), "\(reply)")
        #expect(reply.fields("Connection") == connection && reply.closed == ends, "\(request): \(reply)")
        #expect(!ends || reply.seconds < 0.6)
    }

    /// An HTTP/1.0 client knows of no interim answer and of no chunks.
    @Test func oldClients() async throws {
        let type = "Content-Type: text/plain;message=a\r\n"
        let reply = try await Self.exchange(
            "POST /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\(type)\r\nabc")
        #expect(reply.status == 200 && reply.body == "3 294" && reply.closed, "\(reply)")
        let chunked = try await Self.exchange(
            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\(type)\r\n1\r\na\r\n0\r\n\r\n"
        )
        #expect(chunked.status == 400 && chunked.body.contains("framingAmbiguous") && chunked.closed, "\(chunked)")
    }

    @Test(
        arguments: [
            "", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a, b\r\n", "Host: a/b\r\n",
            "Host: a@b\r\n", "Host: l\u{eb}ader\r\n",
        ])
    func oneHost(fields: String) async throws {
        let reply = try await Self.exchange("GET /nothing HTTP/1.1\r\n\(fields)\r\n")
        #expect(reply.status == 400 && reply.body.contains("hostInvalid") && reply.closed, "\(fields): \(reply)")
        if !fields.isEmpty {
            let old = try await Self.exchange("GET /nothing HTTP/1.0\r\n\(fields)\r\n")
            #expect(old.status == 400, "\(old)")
        }
    }

    @Test(arguments: ["Host: \r\n", "Host: a:80\r\n", "hOST: [::1]:80\r\n", "Host: a_b.example.:1\r\n"])
    func everyHost(fields: String) async throws {
        let reply = try await Self.exchange("GET /nothing HTTP/1.1\r\nConnection: close\r\n\(fields)\r\n")
        #expect(reply.status == 200, "\(fields): \(reply)")
    }

    /// In every answer but the interim one.
    @Test(
        arguments: [
            "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "GET /where HTTP/1.1\r\nHost: a\r\n\r\n", "nonsense\r\n\r\n",
            "GET /nothing HTTP/1.1\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        ])
    func everyAnswerIsDated(request: String) async throws {
        let reply = try await Self.exchange(request, seconds: 0.5)
        let dates = reply.fields("Date")
        let pattern = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT/
        #expect(dates.count == 1 && dates.allSatisfy { $0.wholeMatch(of: pattern) != nil }, "\(reply)")
    }

    @Test(
        arguments: [
            ("GET http://a.example/nothing HTTP/1.1\r\nHost: b\r\n", 200),
            ("GET /nothing?a=/b HTTP/1.1\r\nHost: a\r\n", 404),
            ("GET http://a.example HTTP/1.1\r\nHost: a\r\n", 404), ("OPTIONS * HTTP/1.1\r\nHost: a\r\n", 404),
            ("CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n", 404), ("GET nothing HTTP/1.1\r\nHost: a\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n", 505), ("GET / HTTP/9.9\r\nHost: a\r\n", 505),
            ("GET /nothing HTTP/1.1\r\nHost : a\r\n", 400), ("GET /nothing HTTP/1.1\r\nHost: a\r\n Folded: b\r\n", 400),
            ("GET /nothing HTTP/1.1\nHost: a\n", 400), ("GET /nothing HTTP/1.1\r\nHost: a\r\nA: \u{1}\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
            ("GET /nothing HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 101), 431),
            ("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: a\r\n", 431),
            ("PRI * HTTP/2.0\r\n", 400),
        ])
    func requestLinesAndFields(head: String, status: Int) async throws {
        let reply = try await Self.exchange("\(head)Connection: close\r\n\r\n")
        #expect(reply.status == status || (status == 400 && reply.status == 505), "\(head.prefix(80)): \(reply)")
        #expect(reply.text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(reply)")
    }

    /// Answers come in turn; and what is sent without reading any is not kept.
    @Test func requestsBehindRequests() async throws {
        try await withServer(EchoHandler()) { port in
            let (request, slow) = ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            let some = try await RawSocket.exchange(
                port: port, slow + String(repeating: request, count: 98) + "GET /where HTTP/1.0\r\n\r\n", seconds: 3)
            #expect(some.text.components(separatedBy: " 200 OK").count == 100 && some.closed, "\(some)")
            #expect(some.body.hasPrefix("slow") && some.text.contains(" 404 "))
            let many = try await RawSocket.exchange(
                port: port, slow + String(repeating: request, count: 400), seconds: 3)
            #expect(many.text.components(separatedBy: " 200 OK").count <= 102 && many.closed, "\(many)")
            #expect(many.text.contains("tooManyPipelined(limit: 100)"), "\(many.text.suffix(300))")
        }
    }
}
