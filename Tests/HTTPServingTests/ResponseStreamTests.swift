import HTTPServing
import HTTPServingHarness
import HTTPTypes
import NIOCore
import Synchronization
import Testing

/// Bodies that go on.
@Suite struct ResponseStreamTests {
    /// Answers every request with a stream that a test has.
    private struct StreamHandler: RequestHandler {
        let stream: ResponseStream

        func admit(_ head: HTTPRequest) -> Result<Admission<Void>, Refusal> { .success(Admission(route: ())) }

        func respond(to route: Void, body: [UInt8]) async -> ServerResponse {
            ServerResponse(status: .ok, headers: [.contentType: "text/plain"], stream: stream)
        }

        func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
            ServerResponse(status: refusal.status)
        }

        func completed(_ head: HTTPRequest?, route: Void?, status: HTTPResponse.Status) {}
    }

    @Test func partsAreSentAsTheyCome() async throws {
        let stream = ResponseStream(limit: 8)
        try await withServer(StreamHandler(stream: stream)) { port in
            let text = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(stream.send(ByteBuffer(string: "one")))
                var text = socket.read(for: 20) { $0.contains("one") }.text
                #expect(stream.send(ByteBuffer(string: "two")))
                text += socket.read(for: 20) { $0.contains("two") }.text
                stream.close()
                let rest = socket.read(for: 20)
                #expect(rest.closed)
                return text + rest.text
            }
            #expect(text.lowercased().contains("transfer-encoding: chunked"))
            #expect(text.lowercased().contains("connection: close"))
            #expect(text.contains("3\r\none\r\n") && text.contains("3\r\ntwo\r\n") && text.hasSuffix("0\r\n\r\n"))
        }
    }

    /// Who made the parts is told when nobody reads them any more.
    @Test func theEndIsTold() async throws {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let stream = ResponseStream(limit: 8) { end.yield() }
        try await withServer(StreamHandler(stream: stream)) { port in
            try await RawSocket.run {
                let socket = try RawSocket(port: port)
                socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = stream.send(ByteBuffer(string: "one"))
                _ = socket.read(for: 20) { $0.contains("one") }
                socket.end()
            }
            // The peer's going shows when something is written to it.
            while stream.send(ByteBuffer(string: "more")) { try await Task.sleep(for: .milliseconds(10)) }
            for await _ in ends { break }
        }
    }

    @Test func whatWaitsIsBounded() {
        let stream = ResponseStream(limit: 2)
        let sent = (0..<4).map { _ in stream.send(ByteBuffer(string: "x")) }
        #expect(sent == [true, true, false, false])
    }

    /// One that knows no chunks is told so.
    @Test func anOldClientGetsNone() async throws {
        try await withServer(StreamHandler(stream: ResponseStream(limit: 2))) { port in
            let reply = try await RawSocket.exchange(port: port, "GET / HTTP/1.0\r\n\r\n")
            #expect(reply.status == 505)
        }
    }
}
