import AsyncHTTPClient
import Foundation
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import Logging
import NIOCore
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS
import ServiceLifecycle
import Synchronization
import TLSHarness
import Testing

/// A server that speaks TLS, and clients that it should and should not serve.
@Suite struct TLSServingTests {
    private static func files(_ issued: TestAuthority.Issued) -> CredentialFiles {
        CredentialFiles(certificate: issued.certificate, key: issued.key)
    }

    private static func trusting(
        _ authority: TestAuthority, showing issued: TestAuthority.Issued? = nil
    ) throws -> ClientTLS {
        try ClientTLS(authorities: authority.certificate, showing: issued.map(files))
    }

    /// Runs the body with a client that keeps its connections.
    private static func withClient<Result>(
        _ tls: ClientTLS, _ body: (RequestSender) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(configuration: RequestSender.configuration)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(RequestSender(client, tls: tls))) } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    private static func send(
        _ sender: RequestSender, port: Int, host: String = "localhost", path: String = "echo", bytes: Int = 3
    ) async -> RequestOutcome {
        let request = DAPRequest(
            .post, "https://\(host):\(port)/\(path)", contentType: MediaType("text/plain; message=a"),
            body: [UInt8](repeating: 1, count: bytes))
        return await sender.send(request, within: .seconds(20), limit: 1000)
    }

    /// One request on a connection of its own.
    private static func ask(
        _ tls: ClientTLS, port: Int, host: String = "localhost", path: String = "echo", bytes: Int = 3
    ) async throws -> RequestOutcome {
        try await withClient(tls) { await send($0, port: port, host: host, path: path, bytes: bytes) }
    }

    private static func isAnswered(_ outcome: RequestOutcome) -> Bool {
        if case .answered = outcome { true } else { false }
    }

    private static func isUntrusted(_ outcome: RequestOutcome) -> Bool {
        if case .unanswered(.untrustedServer) = outcome { true } else { false }
    }

    @Test func requestsAreServedAsOverPlainHTTP() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let server = try ServerTLS(Self.files(authority.issue("server")))
            let stranger = try TestAuthority("stranger", in: folder)
            try await withServer(EchoHandler(), tls: server) { port in
                try await Self.withClient(Self.trusting(authority)) { sender in
                    for bytes in [3, 500_000, 1 << 20] {
                        let outcome = await Self.send(sender, port: port, bytes: bytes)
                        guard case .answered(let answer) = outcome else {
                            Issue.record("\(bytes): \(outcome)")
                            continue
                        }
                        #expect(answer.body == Array("\(bytes) \(bytes % 65521)".utf8))
                    }
                    let refused = await Self.send(sender, port: port, bytes: (1 << 20) + 1)
                    guard case .refused(let refusal) = refused else {
                        Issue.record("\(refused)")
                        return
                    }
                    #expect(refusal.status == 413)
                }
                #expect(Self.isAnswered(try await Self.ask(Self.trusting(authority), port: port, host: "127.0.0.1")))
                #expect(Self.isUntrusted(try await Self.ask(Self.trusting(stranger), port: port)))

                // Plain HTTP, and whatever else is no handshake, is answered nothing.
                var generator = SystemRandomNumberGenerator()
                for first: UInt8 in [0x16, 0x17, 0x80, 0] {
                    let junk = [first] + (0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    let reply = try await RawSocket.exchange(port: port, "", body: junk)
                    #expect(reply.closed && !reply.text.contains("HTTP/"), "\(junk)")
                }
                let reply = try await RawSocket.exchange(port: port, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(reply.closed && !reply.text.contains("HTTP/"), "\(reply)")
            }
        }
    }

    /// The protocol versions and the application protocol, by the word of another implementation.
    @Test(
        arguments: [
            (["-tls1_3"], "TLSv1.3"), (["-tls1_2"], "TLSv1.2"), (["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"], nil),
        ] as [([String], String?)])
    func versionsFromTLS12On(options: [String], version: String?) async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let server = try ServerTLS(Self.files(authority.issue("server")))
            try await withServer(EchoHandler(), tls: server) { port in
                let said = try await RawSocket.run {
                    try Self.openssl(
                        [
                            "s_client", "-connect", "127.0.0.1:\(port)", "-alpn", "h2,http/1.1", "-CAfile",
                            authority.certificate,
                        ]
                            + options)
                }
                #expect(said.contains("ALPN protocol: http/1.1") == (version != nil), "\(said)")
                #expect(said.contains("no peer certificate available") == (version == nil), "\(said)")
                if let version {
                    #expect(said.contains("Verify return code: 0 (ok)") && said.contains(version), "\(said)")
                }
            }
        }
    }

    /// What openssl says, whose input is at its end at once.
    private static func openssl(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (FileHandle.nullDevice, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }

    /// What is in flight is answered, what rests and what has not ended its handshake goes.
    @Test func aShutdownFinishesWhatIsInFlight() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            let (reached, reaching) = AsyncStream.makeStream(of: Void.self)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let service = HTTPService(
                handler: EchoHandler(onSlow: { reaching.yield() }), address: ListenAddress(host: "127.0.0.1", port: 0),
                limits: Self.patientLimits(), tls: try ServerTLS(Self.files(authority.issue("server"))), logger: logger
            ) { continuation.yield($0.port) }
            let group = ServiceGroup(services: [service], logger: logger)
            let end = Task { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            let knocking = try await RawSocket.run { try RawSocket(port: port) }
            defer { knocking.end() }
            try await Self.withClient(Self.trusting(authority)) { resting in
                #expect(Self.isAnswered(await Self.send(resting, port: port)))
                try await Self.withClient(Self.trusting(authority)) { sender in
                    let request = DAPRequest(.get, "https://localhost:\(port)/slow")
                    async let slow = sender.send(request, within: .seconds(20), limit: 1000)
                    _ = await reached.first { true }
                    await group.triggerGracefulShutdown()
                    guard case .answered(let answer) = await slow else {
                        Issue.record("what was in flight is not answered")
                        return
                    }
                    #expect(answer.body == Array("slow".utf8))
                }
                try await end.value
            }
            #expect(try await RawSocket.run { knocking.read(for: 20).closed })
        }
    }

    // MARK: Clients' certificates

    /// Lets in who shows the certificate of one name, and counts the bodies that it was handed.
    private final class Doorkeeper: RequestHandler {
        let bodies = Mutex(0)
        let heads = Mutex(0)

        func admit(_ head: HTTPRequest) -> Result<Admission<Void>, Refusal> { .failure(.tokenMissing) }

        func admit(_ head: HTTPRequest, certificate: PeerCertificate?) -> Result<Admission<Void>, Refusal> {
            heads.withLock { $0 += 1 }
            guard let certificate else { return .failure(.tokenMissing) }
            guard PinnedPeer.name("leader.example").accepts(certificate) else { return .failure(.tokenRefused) }
            return .success(Admission(route: (), maximumBody: 1 << 20, mediaTypes: [AnyText()], isAuthenticated: true))
        }

        func respond(to route: Void, body: [UInt8]) async -> ServerResponse {
            bodies.withLock { $0 += 1 }
            return ServerResponse(status: .ok)
        }

        func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
            ServerResponse(status: refusal.status)
        }

        func completed(_ head: HTTPRequest?, route: Void?, status: HTTPResponse.Status) {}
    }

    private struct AnyText: BodyType {
        let description = "text/plain"
        func matches(_ field: String?) -> Bool { true }
    }

    @Test func onlyTheExpectedCertificateOpensTheDoor() async throws {
        try await withFolder { folder in
            let (servers, clients) = (
                try TestAuthority("servers", in: folder), try TestAuthority("clients", in: folder)
            )
            let tls = try ServerTLS(
                Self.files(servers.issue("server")), clientAuthorities: clients.certificate)
            let door = Doorkeeper()
            try await withServer(door, tls: tls) { port in
                func ask(_ issued: TestAuthority.Issued?) async throws -> RequestOutcome {
                    try await Self.ask(try Self.trusting(servers, showing: issued), port: port, bytes: 100_000)
                }
                func status(_ outcome: RequestOutcome) -> Int? {
                    if case .refused(let refusal) = outcome { refusal.status } else { nil }
                }
                let expected = try clients.issue("expected", names: ["DNS:leader.example"])
                #expect(Self.isAnswered(try await ask(expected)))
                #expect(status(try await ask(nil)) == 401)
                #expect(status(try await ask(try clients.issue("other", names: ["DNS:other.example"]))) == 403)
                #expect(status(try await ask(try clients.issue("wild", names: ["DNS:*.example"]))) == 403)

                // No request of these was even read.
                let heads = door.heads.withLock { $0 }
                for issued in [
                    try clients.issue("old", names: ["DNS:leader.example"], hasExpired: true),
                    try servers.issue("foreign", names: ["DNS:leader.example"]),
                ] {
                    let outcome = try await ask(issued)
                    guard case .unanswered(.noAnswer(let reason)) = outcome else {
                        Issue.record("\(outcome)")
                        continue
                    }
                    #expect(reason.contains("refuses the certificate") || reason.contains("closed"), "\(reason)")
                }
                #expect(door.heads.withLock { $0 } == heads)
                #expect(door.bodies.withLock { $0 } == 1)
            }
        }
    }

    // MARK: New files

    @Test func connectionsGoOnWhileNewOnesGetTheNewCertificate() async throws {
        try await withFolder { folder in
            let (one, two) = (try TestAuthority("one", in: folder), try TestAuthority("two", in: folder))
            let (first, second) = (try one.issue("server"), try two.issue("server"))
            let server = try ServerTLS(Self.files(first))
            var limits = quickLimits()
            limits.keepAlive = .minutes(5)
            try await withServer(EchoHandler(), limits: limits, tls: server) { port in
                try await Self.withClient(Self.trusting(one)) { sender in
                    #expect(Self.isAnswered(await Self.send(sender, port: port)))
                    for (new, old) in [(second.certificate, first.certificate), (second.key, first.key)] {
                        try Data(contentsOf: URL(filePath: new)).write(to: URL(filePath: old))
                        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: old)
                    }
                    guard case .taken = server.reload(waits: false) else {
                        Issue.record("the new files are not taken")
                        return
                    }
                    // Only one who has a connection from before is answered.
                    #expect(Self.isAnswered(await Self.send(sender, port: port)))
                    #expect(Self.isUntrusted(try await Self.ask(Self.trusting(one), port: port)))
                    #expect(Self.isAnswered(try await Self.ask(Self.trusting(two), port: port)))
                }
            }
        }
    }

    // MARK: Handshakes that do not end

    private static let limit = 16

    /// Few places, and patience that outlasts a test.
    private static func patientLimits() -> TransportLimits {
        var limits = TransportLimits()
        limits.maximumConnections = limit
        limits.handshakeDeadline = .minutes(5)
        limits.headDeadline = .minutes(5)
        limits.keepAlive = .minutes(5)
        return limits
    }

    /// The first bytes of a handshake, or none.
    @Test(arguments: [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]] as [[UInt8]])
    func slowHandshakesShutNobodyOut(bytes: [UInt8]) async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let server = try ServerTLS(Self.files(authority.issue("server")))
            try await withServer(EchoHandler(), limits: Self.patientLimits(), tls: server) { port in
                try await Self.withClient(Self.trusting(authority)) { kept in
                    #expect(Self.isAnswered(await Self.send(kept, port: port)))
                    let sockets = try await RawSocket.run {
                        try (0..<5 * Self.limit).map { _ in
                            let socket = try RawSocket(port: port)
                            socket.send(bytes)
                            return socket
                        }
                    }
                    defer { for socket in sockets { socket.end() } }
                    // Those who do not end theirs have a quarter of the places; the others had to go, without a word.
                    let remaining = try await RawSocket.run {
                        for _ in 0..<200 where sockets.count(where: { !$0.isReadable(within: 0) }) > Self.limit / 4 {
                            Thread.sleep(forTimeInterval: 0.1)
                        }
                        return sockets.count { !$0.isReadable(within: 0) }
                    }
                    #expect(remaining == Self.limit / 4)
                    for _ in 0..<3 {
                        #expect(Self.isAnswered(try await Self.ask(Self.trusting(authority), port: port)))
                    }
                    // Who rests between two requests lost no place to them.
                    #expect(Self.isAnswered(await Self.send(kept, port: port)))
                }
            }
        }
    }

    @Test func aHandshakeThatDoesNotEndIsEnded() async throws {
        try await withFolder { folder in
            let authority = try TestAuthority(in: folder)
            let server = try ServerTLS(Self.files(authority.issue("server")))
            var limits = Self.patientLimits()
            (limits.handshakeDeadline, limits.tick) = (.milliseconds(300), .milliseconds(50))
            try await withServer(EchoHandler(), limits: limits, tls: server) { port in
                let reply = try await RawSocket.exchange(port: port, "", body: [0x16, 0x03, 0x01], seconds: 60)
                #expect(reply.closed, "\(reply)")
            }
        }
    }
}
