import Foundation
import HTTPServing
import HTTPServingHarness
import NIOCore
import Testing

/// More connections than there are places: who is answered nevertheless.
@Suite struct ConnectionFloodTests {
    private static let limit = 16

    /// Few places, and patience that outlasts a test.
    private static func limits() -> TransportLimits {
        var limits = TransportLimits()
        limits.maximumConnections = limit
        limits.headDeadline = .minutes(5)
        limits.keepAlive = .minutes(5)
        limits.bodyIdle = .minutes(5)
        limits.bodyGrace = .minutes(5)
        return limits
    }

    private static let stranger =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: text/plain; message=a\r\n\r\nabc"
    private static let holder =
        "POST /private HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n"
        + "Authorization: Bearer yes\r\n\r\nabc"

    private static func answer(_ socket: RawSocket, _ request: String) -> RawSocket.Reply {
        socket.send(request)
        return socket.read(for: 20) { $0.contains("3 294") || $0.contains("refused") }
    }

    private static func expectAnswer(_ request: String, port: Int) throws {
        let socket = try RawSocket(port: port)
        defer { socket.end() }
        let reply = answer(socket, request)
        #expect(reply.status == 200, "\(reply)")
    }

    /// Connections that do nothing: the server's places, and those that wait in the kernel's queue.
    @Test(arguments: ["", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "POST /ec"])
    func idleConnectionsShutNobodyOut(first bytes: String) async throws {
        try await withServer(EchoHandler(), limits: Self.limits()) { port in
            try await RawSocket.run {
                let sockets = try (0..<5 * Self.limit).map { _ in
                    let socket = try RawSocket(port: port)
                    socket.send(bytes)
                    return socket
                }
                defer { for socket in sockets { socket.end() } }
                for request in [Self.holder, Self.stranger, Self.holder] {
                    try Self.expectAnswer(request, port: port)
                }
                // The oldest had to go, without a word.
                #expect(sockets[0].read(for: 20).closed)
            }
        }
    }

    @Test func aHolderOfATokenKeepsItsConnection() async throws {
        try await withServer(EchoHandler(), limits: Self.limits()) { port in
            try await RawSocket.run {
                let holder = try RawSocket(port: port)
                defer { holder.end() }
                #expect(Self.answer(holder, Self.holder).status == 200)
                let sockets = try (0..<5 * Self.limit).map { _ in try RawSocket(port: port) }
                defer { for socket in sockets { socket.end() } }
                try Self.expectAnswer(Self.stranger, port: port)
                let again = Self.answer(holder, Self.holder)
                #expect(again.status == 200 && !again.closed, "\(again)")
            }
        }
    }

    /// Strangers whose bodies never end do not get every place.
    @Test func bodiesOfStrangersLeaveRoom() async throws {
        try await withServer(EchoHandler(), limits: Self.limits()) { port in
            try await RawSocket.run {
                let head = Self.stranger.replacing("Length: 3", with: "Length: 9")
                let sockets = try (0..<3 * Self.limit).map { _ in
                    let socket = try RawSocket(port: port)
                    socket.send(head)
                    return socket
                }
                defer { for socket in sockets { socket.end() } }
                for _ in 0..<3 { try Self.expectAnswer(Self.holder, port: port) }
                // The others are told to come again.
                let refused = sockets.map { $0.isReadable(within: 0) ? $0.read(for: 1) : nil }.compactMap { $0?.status }
                #expect(refused.contains(503) && !refused.contains(200), "\(refused)")
            }
        }
    }

    /// Connections come and go faster than they are served.
    @Test func aStormOfConnections() async throws {
        try await withServer(EchoHandler(), limits: Self.limits()) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for thread in 0..<4 {
                    group.addTask {
                        try await RawSocket.run {
                            for index in 0..<300 {
                                let socket = try RawSocket(port: port)
                                socket.send(index.isMultiple(of: 2) ? "" : thread == 0 ? Self.holder : Self.stranger)
                                socket.end()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await RawSocket.run { for _ in 0..<3 { try Self.expectAnswer(Self.holder, port: port) } }
        }
    }
}
