import PopulusClient
import Testing

/// After failures a client waits, longer each time, and as the server says.
@Suite struct PauseTests {
    private static func pauses(chance: Double, _ count: Int) async throws -> [Double] {
        let world = try World()
        world.set(chance: chance)
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .isAway }
        var pauses: [Double] = []
        for _ in 0..<count {
            let pause = try #require(await client.tick())
            pauses.append(pause)
            // Before the pause is over nobody is asked.
            let uploads = world.transport.seen.uploads
            _ = await client.tick()
            #expect(world.transport.seen.uploads == uploads)
            world.advance(pause)
        }
        return pauses
    }

    @Test func pausesGrowAndEnd() async throws {
        let pauses = try await Self.pauses(chance: 0, 12)
        #expect(pauses == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
    }

    @Test func chanceTakesHalfAtMost() async throws {
        #expect(try await Self.pauses(chance: 1, 3) == [2.5, 5, 10])
    }

    @Test func theServersPauseIsKept() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set {
            $0.uploadManner = .answers(TransportAnswer(status: 503, fields: ["retry-after": "77"]))
        }
        #expect(await client.tick() == 77)
        #expect(world.events == [.waiting(.unavailable(.leader, status: 503), seconds: 77)])
        world.transport.set { $0.uploadManner = .works }
        world.advance(76)
        #expect(await client.tick() == 1)
        #expect(world.transport.seen.uploads == 1)
        world.advance(1)
        #expect(await client.tick() == nil)
        #expect(world.transport.seen.counted.count == 1)
    }

    /// Pauses end by the clock of the day, which may be set back by years.
    @Test func aClockThatGoesBackEndsAPause() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .isAway }
        _ = await client.tick()
        world.transport.set { $0.uploadManner = .works }
        world.advance(-1e7)
        #expect(await client.tick() == nil)
        #expect(world.transport.seen.counted.count == 1)
    }

    @Test func aFirstReportWaitsByChance() async throws {
        let world = try World()
        world.set(chance: 0.5)
        var options = world.options
        options.spread = 30
        let client = try world.client(options)
        try await client.report("a")
        world.advance(5)
        try await client.report("b")
        #expect(await client.tick() == 10)
        world.advance(10)
        #expect(await client.tick() == nil)
        #expect(world.transport.seen.largest == 2)
    }

    @Test func aTokenIsShownAndAWrongOneIsToldApart() async throws {
        let world = try World()
        var options = world.options
        options.uploadToken = "a-token-of-this-fleet"
        let client = try world.client(options)
        try await client.report("a")
        world.transport.set { $0.uploadManner = .answers(TransportAnswer(status: 403)) }
        await #expect(throws: PopulusClient.Failure.notSent(.unauthorized(status: 403))) { try await client.flush() }
        #expect(world.transport.seen.token == "a-token-of-this-fleet")
        world.transport.set { $0.uploadManner = .works }
        try await client.set(uploadToken: "the-next-token-of-this-fleet")
        #expect(await client.tick() == nil)
        #expect(world.transport.seen.token == "the-next-token-of-this-fleet")
        #expect(world.transport.seen.counted.count == 1)
        await #expect(throws: PopulusClient.Failure.self) { try await client.set(uploadToken: "short") }
    }

    /// Without anybody asking, what is accepted is sent.
    @Test func theLoopSends() async throws {
        let world = try World()
        var options = world.options
        let (events, continuation) = AsyncStream<PopulusClient.Event>.makeStream()
        options.onEvent = { continuation.yield($0) }
        let client = try world.client(options, sends: true)
        for string in ["a", "b"] {
            try await client.report(string)
            for await event in events {
                #expect(event == .sent(reports: 1))
                break
            }
        }
        #expect(world.transport.seen.counted.count == 2)
        await client.close()
    }
}
