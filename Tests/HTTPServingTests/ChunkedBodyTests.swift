import Foundation
import HTTPServing
import HTTPServingHarness
import NIOCore
import Testing

/// Bodies in chunks: the same limits as for those whose length is announced, and no others.
@Suite struct ChunkedBodyTests {
    private static let head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain; message=a\r\n"

    /// Text in chunks of a size, with the last one.
    private static func chunks(_ text: String, by size: Int = 1, extensions: String = "", last: String = "0\r\n\r\n")
        -> String
    {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: size).map { start in
            let piece = bytes[start..<min(start + size, bytes.count)]
            return String(piece.count, radix: 16) + extensions + "\r\n" + String(decoding: piece, as: UTF8.self)
                + "\r\n"
        }.joined() + last
    }

    private static func expectAlive(_ port: Int) async throws {
        let reply = try await RawSocket.exchange(
            port: port, head + "Connection: close\r\n\r\n" + chunks("abc"), seconds: 5)
        #expect(reply.status == 200 && reply.body == "3 294", "the service has stopped: \(reply)")
    }

    /// Sends a request, and what follows it on the connection.
    private static func reply(_ body: String, fields: String = "", limits: TransportLimits = quickLimits())
        async throws -> RawSocket.Reply
    {
        try await withServer(EchoHandler(), limits: limits) { port in
            let reply = try await RawSocket.exchange(port: port, head + fields + "\r\n" + body, seconds: 5)
            try await expectAlive(port)
            return reply
        }
    }

    @Test(
        arguments: [
            chunks("abc"), chunks("abc", by: 3), chunks("abc", by: 2, extensions: ";a=b;c=\"d;e\""),
            chunks("abc", last: "000\r\n\r\n"), chunks("abc", last: "0;last\r\nX-Trailer: y\r\n\r\n"),
        ])
    func aBodyInChunksIsRead(body: String) async throws {
        // The connection is good for a second request, and for a third whose length is announced.
        let further =
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n"
            + "Content-Type: text/plain;message=a\r\n\r\nab"
        let reply = try await Self.reply(body + Self.head + "\r\n" + Self.chunks("abcd", by: 3) + further)
        #expect(reply.text.components(separatedBy: "HTTP/1.1 200").count == 4, "\(reply)")
        for answer in ["3 294", "4 394", "2 195"] { #expect(reply.text.contains(answer), "\(reply)") }
    }

    @Test(
        arguments: [
            ("0\r\n\r\n", 400, "bodyEmpty"), ("x\r\n", 400, "malformedRequest"),
            ("-1\r\na\r\n", 400, "malformedRequest"),
            ("3\r\nabcd\r\n0\r\n\r\n", 400, "malformedRequest"), ("3\nabc\n0\n\n", 400, "malformedRequest"),
            ("fffffffffffffffff\r\na", 400, "malformedRequest"), ("0x3\r\nabc\r\n0\r\n\r\n", 400, "malformedRequest"),
            ("3\r\nabc\r\n0\r\n" + String(repeating: "X-T: trailer\r\n", count: 200) + "\r\n", 431, "headTooLarge"),
        ])
    func whatIsNoBodyIsRefused(body: String, status: Int, refusal: String) async throws {
        let reply = try await Self.reply(body)
        #expect(reply.status == status && reply.body.contains(refusal), "\(body.prefix(40)): \(reply)")
    }

    @Test(
        arguments: [
            ("gzip, chunked", 501), ("chunked, chunked", 400), ("identity", 501), ("gzip", 501), ("chunked, gzip", 400),
            ("xchunked", 501), ("chunked\r\nContent-Length: 3", 400), ("chunked\r\nTransfer-Encoding: chunked", 400),
            ("chunked\r\nContent-Encoding: gzip", 415), ("CHUNKED\r\nContent-Encoding: identity", 200),
        ])
    func framingIsUnambiguous(coding: String, status: Int) async throws {
        let head = Self.head.replacing("chunked", with: coding)
        try await withServer(EchoHandler()) { port in
            let smuggled = "GET /nothing HTTP/1.1\r\nHost: smuggled\r\n\r\n"
            let reply = try await RawSocket.exchange(
                port: port, head + "\r\n" + Self.chunks("abc") + smuggled, seconds: 3)
            #expect(reply.status == status, "\(coding): \(reply)")
            // What was refused ends the connection: nothing behind it is a request.
            #expect(status == 200 || reply.text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(reply)")
            #expect(reply.closed)
            try await Self.expectAlive(port)
        }
    }

    /// Not before it is: what was announced wrongly is refused where the limit is passed, and the rest is not taken.
    @Test func aBodyThatGrowsBeyondTheLimit() async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(Self.head + "\r\n")
                let chunk = "10000\r\n" + String(repeating: "a", count: 1 << 16) + "\r\n"
                var sent = 0
                while sent < 2000, !socket.isReadable(within: 0), socket.send(chunk) > 0 { sent += 1 }
                #expect(sent < 2000)
                return socket.read(for: 5)
            }
            #expect(reply.status == 413 && reply.body.contains("bodyTooLarge(limit: 1048576)"), "\(reply)")
            #expect(reply.text.lowercased().contains("connection: close") && reply.closed)
            // Exactly the limit is taken.
            let greatest = Self.chunks(String(repeating: "a", count: EchoHandler.limit), by: 1000)
            let taken = try await RawSocket.exchange(
                port: port, Self.head + "Connection: close\r\n\r\n" + greatest, seconds: 5)
            #expect(taken.status == 200 && taken.body.hasPrefix("1048576 "), "\(taken)")
            try await Self.expectAlive(port)
        }
    }

    @Test func theEndMustCome() async throws {
        try await withServer(EchoHandler()) { port in
            for body in ["", "3", "3\r\n", "3\r\nab", "3\r\nabc\r\n", "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0\r\nX: y\r\n"]
            {
                let ended = try await RawSocket.run {
                    let socket = try RawSocket(port: port)
                    defer { socket.end() }
                    socket.send(Self.head + "\r\n" + body)
                    socket.endSending()
                    return socket.read(for: 3)
                }
                #expect(ended.status == 400 && ended.body.contains("bodyTruncated"), "\(body): \(ended)")
            }
            let stalled = try await RawSocket.exchange(port: port, Self.head + "\r\n3\r\nab", seconds: 3)
            #expect(stalled.status == 408, "\(stalled)")
            try await Self.expectAlive(port)
        }
    }

    /// A size now and then is as slow as a byte now and then; so are extensions.
    @Test(arguments: ["1\r\na\r\n", ";", "0"])
    func chunksNowAndThenAreTooSlow(piece: String) async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(Self.head + "\r\n" + (piece == "1\r\na\r\n" ? "" : "1"))
                for _ in 0..<30 where !socket.isReadable(within: 0.1) { socket.send(piece) }
                return socket.read(for: 2)
            }
            #expect((reply.status == 408 || piece == ";" && reply.status == 400) && reply.seconds < 2.5, "\(reply)")
            try await Self.expectAlive(port)
        }
    }

    /// What is no body is in no budget: there may not be much of it.
    @Test(arguments: ["1;x=" + String(repeating: "y", count: 400) + "\r\na\r\n", "1\r\na\r\n"])
    func chunksThatAreMostlyNoBody(chunk: String) async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(Self.head + "\r\n")
                let piece = String(repeating: chunk, count: 16_384 / chunk.utf8.count)
                for _ in 0..<400 where !socket.isReadable(within: 0.001) { socket.send(piece) }
                return socket.read(for: 3)
            }
            #expect(reply.status == 400 && reply.body.contains("chunksWasteful"), "\(reply)")
            try await Self.expectAlive(port)
        }
        // A small one may be as wasteful as it likes.
        let small = try await Self.reply(
            String(repeating: chunk, count: 100) + "0\r\n\r\n", fields: "Connection: close\r\n")
        #expect(small.status == 200 && small.body.hasPrefix("100 "), "\(small)")
    }

    @Test func chunksAreInTheBudget() async throws {
        var limits = quickLimits()
        limits.openBodyBudget = 100_000
        try await withServer(EchoHandler(), limits: limits) { port in
            // Each is below every limit of its own; together they are not.
            let replies = try await RawSocket.run {
                let sockets = try (0..<8).map { _ in try RawSocket(port: port) }
                defer { for socket in sockets { socket.end() } }
                for socket in sockets {
                    socket.send(Self.head + "\r\n7530\r\n" + String(repeating: "a", count: 30_000))
                }
                return sockets.map { $0.read(for: 2) }
            }
            let statuses = replies.compactMap(\.status).sorted()
            #expect(statuses.filter { $0 == 503 }.count == 5 && statuses.filter { $0 == 408 }.count == 3, "\(statuses)")
            try await Self.expectAlive(port)
        }
    }

    @Test func theTokenComesFirst() async throws {
        try await withServer(EchoHandler()) { port in
            for path in ["/private", "/where"] {
                let head = Self.head.replacing("/echo", with: path).replacing("; message=a", with: "")
                let refused = try await RawSocket.exchange(
                    port: port, head + "Expect: 100-continue\r\n\r\n", seconds: 3)
                #expect([403, 404].contains(refused.status) && !refused.text.contains("100 Continue"), "\(refused)")
                #expect(refused.closed)
            }
            let admitted = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(
                    Self.head.replacing("/echo", with: "/private").replacing("; message=a", with: "")
                        + "Authorization: Bearer yes\r\nExpect: 100-continue\r\n\r\n")
                let first = socket.read(for: 2) { $0.hasSuffix("\r\n\r\n") }
                #expect(first.text == "HTTP/1.1 100 Continue\r\n\r\n", "\(first)")
                socket.send(Self.chunks("abc"))
                return socket.read(for: 2) { $0.contains("3 294") }
            }
            #expect(admitted.status == 200, "\(admitted)")
            try await Self.expectAlive(port)
        }
    }

    @Test func whatHasNoBodyTakesNoChunks() async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.exchange(
                port: port, "GET /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                seconds: 3)
            #expect(reply.status == 413 && reply.closed, "\(reply)")
            try await Self.expectAlive(port)
        }
    }
}
