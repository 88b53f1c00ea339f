import Foundation
import HTTPServing
import HTTPServingHarness
import Logging
import ServiceLifecycle
import Testing

/// The transport against bytes on a socket: what it refuses, when, and that it goes on.
@Suite struct TransportTests {
    private let type = "Content-Type: text/plain; message=a\r\n"

    private func post(_ path: String = "/echo", length: Int, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(type)\(fields)\r\n"
    }

    @Test func answersAndKeepsTheConnection() async throws {
        let reply = try await withServer(EchoHandler()) { port in
            try await RawSocket.exchange(port: port, post(length: 3) + "abc" + post(length: 2) + "ab", seconds: 1)
        }
        #expect(reply.text.contains("3 294") && reply.text.contains("2 195"), "\(reply.text)")
        #expect(!reply.closed)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: text/html\r\n\r\nabc", 415),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 415),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\nContent-Type: text/plain;message=a\r\n\r\n",
            413
        ),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\nContent-Type: a/b\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\nContent-Type: a/b\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 415),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: a-miracle\r\n\r\nabc", 417),
        ("POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc", 403),
        ("GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 413),
        ("nonsense\r\n\r\n", 400),
        ("GET /echo HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431),
    ])
    func refusesAtOnce(request: String, status: Int) async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request)
                return socket.read(for: 5) { $0.contains("}") }
            }
            #expect(reply.status == status, "\(request.prefix(120)) -> \(reply.text)")
            #expect(reply.body.contains("refused"), "\(reply.text)")
            #expect(reply.seconds < 1)
            try await expectAlive(port)
        }
    }

    @Test func anUnreadBodyOf100MBIsRefusedBeforeItIsSent() async throws {
        try await withServer(EchoHandler()) { port in
            let request = post(length: 100 << 20)
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request)
                // Not a byte of the body has been sent when the refusal is here.
                #expect(socket.isReadable(within: 1))
                let chunk = [UInt8](repeating: 7, count: 1 << 20)
                for _ in 0..<100 where socket.send(chunk) < chunk.count { break }
                return socket.read(for: 5)
            }
            #expect(reply.status == 413, "\(reply.text)")
            #expect(reply.text.lowercased().contains("connection: close"))
            #expect(reply.closed)
            try await expectAlive(port)
        }
    }

    @Test func expectContinueIsAnsweredAtOnce() async throws {
        try await withServer(EchoHandler()) { port in
            let request = post(length: 3, "Expect: 100-continue\r\n")
            let (first, second) = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request)
                let first = socket.read(for: 1) { $0.hasSuffix("\r\n\r\n") }
                socket.send("abc")
                return (first, socket.read(for: 1) { $0.contains("3 294") })
            }
            #expect(first.text == "HTTP/1.1 100 Continue\r\n\r\n" && first.seconds < 0.5, "\(first)")
            #expect(second.status == 200 && second.text.contains("3 294"), "\(second)")
        }
    }

    @Test func aRefusedExpectationGetsTheFinalStatusAndACloseAndNoContinue() async throws {
        try await withServer(EchoHandler()) { port in
            for request in [
                post(length: 100 << 20, "Expect: 100-continue\r\n"),
                post("/private", length: 3, "Expect: 100-continue\r\n"),
                post("/where", length: 3, "Expect: 100-continue\r\n"),
            ] {
                let reply = try await RawSocket.exchange(port: port, request, seconds: 5)
                #expect((400..<500).contains(reply.status ?? 0), "\(reply.text)")
                #expect(!reply.text.contains("100 Continue"))
                #expect(reply.closed && reply.seconds < 2, "\(reply)")
            }
            try await expectAlive(port)
        }
    }

    @Test func aBodyOfOneByteNowAndThenIsRefused() async throws {
        try await withServer(EchoHandler()) { port in
            let request = post(length: 1000)
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request)
                for _ in 0..<30 where !socket.isReadable(within: 0.1) { socket.send("a") }
                return socket.read(for: 2)
            }
            #expect(reply.status == 408 && reply.seconds < 2.5, "\(reply)")
            #expect(reply.body.contains("bodyTooSlow"))
            try await expectAlive(port)
        }
    }

    /// What came early does not pay for what comes late.
    @Test func aBodyThatBeginsFastAndThenCrawlsIsRefused() async throws {
        try await withServer(EchoHandler()) { port in
            let request = post(length: 1_000_000)
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request)
                socket.send([UInt8](repeating: 1, count: 500_000))
                for _ in 0..<100 where !socket.isReadable(within: 0.1) { socket.send("a") }
                return socket.read(for: 2)
            }
            #expect(reply.status == 408 && reply.body.contains("bodyTooSlow"), "\(reply)")
            try await expectAlive(port)
        }
    }

    @Test func aHeadOfOneByteNowAndThenIsRefused() async throws {
        try await withServer(EchoHandler()) { port in
            let reply = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send("POST /echo")
                for _ in 0..<30 where !socket.isReadable(within: 0.1) { socket.send("o") }
                return socket.read(for: 2)
            }
            #expect(reply.status == 408 && reply.seconds < 2.5, "\(reply)")
            try await expectAlive(port)
        }
    }

    @Test func aTruncatedBodyIsRefused() async throws {
        try await withServer(EchoHandler()) { port in
            let request = post(length: 10)
            let ended = try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send(request + "abc")
                socket.endSending()
                return socket.read(for: 2)
            }
            #expect(ended.status == 400 && ended.body.contains("bodyTruncated"), "\(ended)")
            let stalled = try await RawSocket.exchange(port: port, request + "abc", seconds: 3)
            #expect(stalled.status == 408, "\(stalled)")
            try await expectAlive(port)
        }
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() async throws {
        try await withServer(EchoHandler()) { port in
            let fresh = try await RawSocket.exchange(port: port, "", seconds: 4)
            #expect(fresh.text.isEmpty && fresh.closed && fresh.seconds < 1.2, "\(fresh)")
            let used = try await RawSocket.exchange(port: port, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", seconds: 4)
            #expect(used.status == 200 && used.closed && used.seconds > 1.2, "\(used)")
            #expect(used.text.components(separatedBy: "HTTP/1.1").count == 2)
        }
    }

    @Test func aResponseThatNobodyReadsIsGivenUp() async throws {
        let closed = try await withServer(EchoHandler()) { port in
            try await RawSocket.run {
                let socket = try RawSocket(port: port)
                defer { socket.end() }
                socket.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                Thread.sleep(forTimeInterval: 2)
                let reply = socket.read(for: 5)
                #expect(reply.text.utf8.count < 64 << 20)
                return reply.closed
            }
        }
        #expect(closed)
    }

    @Test func aShutdownFinishesWhatIsInFlightAndAcceptsNothingMore() async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let (reached, reaching) = AsyncStream.makeStream(of: Void.self)
        let service = HTTPService(
            handler: EchoHandler(onSlow: { reaching.yield() }), address: ListenAddress(host: "127.0.0.1", port: 0),
            limits: quickLimits(),
            logger: logger
        ) { continuation.yield($0.port) }
        let group = ServiceGroup(services: [service], logger: logger)
        async let end: Void = group.run()
        let port = try #require(await ports.first { _ in true })
        // One that has asked something already, so that the server knows of it.
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        async let idle = RawSocket.run {
            defer { asking.finish() }
            let socket = try RawSocket(port: port)
            defer { socket.end() }
            socket.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = socket.read(for: 5) { $0.hasSuffix("\r\n\r\n") }
            asking.yield()
            #expect(answer.status == 200 && !answer.closed, "\(answer)")
            return socket.read(for: 5)
        }
        _ = await asked.first { true }
        async let slow = RawSocket.exchange(port: port, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n", seconds: 5)
        _ = await reached.first { true }
        await group.triggerGracefulShutdown()
        let (idleReply, slowReply) = try await (idle, slow)
        #expect(idleReply.closed && idleReply.seconds < 1.4, "\(idleReply)")
        #expect(slowReply.status == 200 && slowReply.body == "slow" && slowReply.closed, "\(slowReply)")
        try await end
        await #expect(throws: RawSocket.Failure.self) {
            _ = try await RawSocket.exchange(port: port, "", seconds: 1)
        }
    }

    /// A connection that comes while the server stops is handed to nobody, and ends nothing but itself.
    @Test func connectionsThatComeWhileTheServerStops() async throws {
        for round in 0..<100 {
            let knocking = try await withServer(EchoHandler()) { port in
                let knocking = Task {
                    try? await RawSocket.run { for _ in 0..<20 { try RawSocket(port: port).end() } }
                }
                try await Task.sleep(for: .microseconds(50 * (round % 20)))
                return knocking
            }
            await knocking.value
        }
    }

    @Test func bodiesBeyondTheMemoryBudgetAreTurnedAway() async throws {
        var limits = quickLimits()
        limits.openBodyBudget = 1000
        try await withServer(EchoHandler(), limits: limits) { port in
            let reply = try await RawSocket.exchange(
                port: port, post(length: 2000), body: [UInt8](repeating: 1, count: 2000), seconds: 2)
            #expect(reply.status == 503, "\(reply)")
            // What was charged is given back.
            try await expectAlive(port)
        }
    }

    @Test func manyConnectionsAtOnce() async throws {
        try await withServer(EchoHandler()) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<64 {
                    let request = post(length: 1000 + index)
                    group.addTask {
                        let reply = try await RawSocket.run {
                            let socket = try RawSocket(port: port)
                            defer { socket.end() }
                            socket.send(request)
                            socket.send([UInt8](repeating: 1, count: 1000 + index))
                            return socket.read(for: 10) { $0.contains("\(1000 + index) \(1000 + index)") }
                        }
                        #expect(reply.status == 200, "\(reply)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func expectAlive(_ port: Int) async throws {
        let reply = try await RawSocket.run { [request = post(length: 3) + "abc"] in
            let socket = try RawSocket(port: port)
            defer { socket.end() }
            socket.send(request)
            return socket.read(for: 5) { $0.contains("3 294") }
        }
        #expect(reply.status == 200, "the service has stopped: \(reply)")
    }
}
