import PopulusClient
import Testing

/// How much a client says in a window, and that its silence says nothing.
@Suite struct WindowTests {
    private static let cap = PopulusClient.Cap(reports: 2, seconds: 1000)

    @Test func aCapHoldsAcrossStarts() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        let first = try world.client(options)
        try await first.report("a")
        await first.close()
        let second = try world.client(options)
        try await second.report("b")
        try await second.flush()
        await #expect(throws: PopulusClient.Failure.capReached(Self.cap)) { try await second.report("c") }
        // A clock that goes back begins nothing anew.
        world.advance(-5000)
        await #expect(throws: PopulusClient.Failure.capReached(Self.cap)) { try await second.report("c") }
        // Consent anew neither.
        try await second.set(.withdrawn)
        try await second.set(.given)
        await #expect(throws: PopulusClient.Failure.capReached(Self.cap)) { try await second.report("c") }
        world.advance(6000)
        try await second.report("c")
    }

    /// As where a machine's clock is put right by a second, at the end of a window.
    @Test func aClockThatGoesBackAndForthBeginsNoWindowAnew() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        options.defaultReport = .other
        let client = try world.client(options)
        try await client.report("a")
        for seconds in [-10.0, 10, -10, 10] {
            world.advance(seconds)
            _ = await client.tick()
        }
        try await client.report("b")
        await #expect(throws: PopulusClient.Failure.capReached(Self.cap)) { try await client.report("c") }
        // One silent window has one default report.
        world.advance(2000)
        for seconds in [0.0, -10, 10, -1000, 1000] {
            world.advance(seconds)
            _ = await client.tick()
        }
        #expect(!world.events.contains(.madeDefaultReport))
        world.advance(1000)
        for seconds in [0.0, -10, 10, -1000, 1000] {
            world.advance(seconds)
            _ = await client.tick()
        }
        #expect(world.events.filter { $0 == .madeDefaultReport }.count == 1)
    }

    /// A clock that was years ahead costs a window, and not those years.
    @Test func aClockThatWasFarAheadIsForgiven() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        let client = try world.client(options)
        world.advance(1e9)
        for string in ["a", "b"] { try await client.report(string) }
        try await client.flush()
        world.advance(-1e9)
        await #expect(throws: PopulusClient.Failure.capReached(Self.cap)) { try await client.report("c") }
        world.advance(1000)
        try await client.report("c")
    }

    @Test func aCapOfAnotherLengthIsNotReachedForEver() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        let first = try world.client(options)
        for string in ["a", "b"] { try await first.report(string) }
        await first.close()
        let other = PopulusClient.Cap(reports: 2, seconds: 500)
        options.cap = other
        let second = try world.client(options)
        await #expect(throws: PopulusClient.Failure.capReached(other)) { try await second.report("c") }
        world.advance(500)
        try await second.report("c")
    }

    @Test func aSilentWindowHasADefaultReport() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        options.defaultReport = .other
        let client = try world.client(options)
        _ = await client.tick()
        #expect(world.transport.seen.uploads == 0)
        world.advance(1000)
        _ = await client.tick()
        #expect(world.events == [.madeDefaultReport, .sent(reports: 1)])
        // One with a report has none.
        try await client.report("a")
        world.advance(1000)
        _ = await client.tick()
        #expect(world.transport.seen.counted.count == 2)
        await client.close()
        // Several silent ones make one, at the next start too.
        world.advance(10_000)
        let next = try world.client(options)
        _ = await next.tick()
        _ = await next.tick()
        #expect(world.transport.seen.counted.count == 3)
    }

    @Test func aDefaultReportWaitsForKeys() async throws {
        let world = try World()
        var options = world.options
        options.cap = Self.cap
        options.defaultReport = .string("none")
        let client = try world.client(options)
        _ = await client.tick()
        world.advance(1000)
        world.transport.set { $0.keyManner = .isAway }
        #expect(await client.tick() != nil)
        #expect(world.events == [.noDefaultReport(.noKeys(.unanswered(.leader)))])
        world.transport.set { $0.keyManner = .works }
        world.advance(10)
        _ = await client.tick()
        #expect(world.transport.seen.counted.count == 1)
    }

    @Test func aDefaultReportMustBeOneOfTheTask() throws {
        let world = try World(.poplar1(bits: 64), encoding: "hash-1")
        var options = world.options
        options.defaultReport = .other
        #expect(throws: PopulusClient.Failure.self) { try world.client(options) }
        options.cap = Self.cap
        #expect(throws: PopulusClient.Failure.self) { try world.client(options) }
        options.defaultReport = .string("none")
        _ = try world.client(options)
    }
}
