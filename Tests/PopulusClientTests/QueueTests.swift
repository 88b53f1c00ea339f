import PopulusClient
import PopulusDAP
import Testing

/// What is accepted waits on the disk, within bounds, and is counted once.
@Suite struct QueueTests {
    @Test func aReportIsSentAndGone() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("abc")
        #expect(try await client.waiting == 1)
        #expect(world.files.count == 1)
        try await client.flush()
        #expect(try await client.waiting == 0)
        #expect(world.files.isEmpty)
        #expect(world.transport.seen.counted.count == 1)
        #expect(world.events == [.sent(reports: 1)])
    }

    @Test func reportsSurviveAStartAndAreOpenedByBothServers() async throws {
        let world = try World()
        let first = try world.client()
        for string in ["a", "b", "c"] { try await first.report(string) }
        await first.close()
        await #expect(throws: PopulusClient.Failure.closed) { try await first.report("d") }
        let second = try world.client()
        #expect(try await second.waiting == 3)
        try await second.flush()
        #expect(world.transport.seen.counted.count == 3)
        #expect(world.transport.seen.largest == 3)
    }

    @Test func theQueueHasItsBounds() async throws {
        let world = try World()
        var options = world.options
        options.mostWaiting = 2
        let client = try world.client(options)
        try await client.report("a")
        try await client.report("b")
        await #expect(throws: PopulusClient.Failure.queueFull) { try await client.report("c") }
        try await client.flush()
        try await client.report("c")
        options.mostBytes = 1
        let small = try World().client(options)
        await #expect(throws: PopulusClient.Failure.queueFull) { try await small.report("a") }
    }

    @Test func aQueueHasOneClient() async throws {
        let world = try World()
        let first = try world.client()
        #expect(try await first.waiting == 0)
        let second = try world.client()
        do {
            try await second.report("a")
            Issue.record("two clients have one queue")
        } catch {
            guard case .queueInUse = error else { throw error }
        }
        await first.close()
        try await second.report("a")
    }

    /// The Leader has the reports, and the client does not know.
    @Test func aLostAnswerCountsOnce() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .losesItsAnswer }
        await #expect(throws: PopulusClient.Failure.notSent(.unanswered(.leader))) { try await client.flush() }
        #expect(try await client.waiting == 1)
        await client.close()
        world.transport.set { $0.uploadManner = .works }
        let next = try world.client()
        try await next.flush()
        #expect(world.transport.seen.counted.count == 1)
        #expect(world.transport.seen.repeated == 1)
        #expect(world.events == [.waiting(.unanswered(.leader), seconds: 5), .sent(reports: 1)])
        #expect(try await next.waiting == 0)
    }

    @Test func aFileThatStaysIsNotSentTwiceByOneClient() async throws {
        let world = try World()
        let files = FailingFiles()
        let client = try world.client(files: files)
        try await client.report("a")
        files.set(removals: true)
        try await client.flush()
        try await client.flush()
        #expect(world.transport.seen.uploads == 1)
        files.set()
        let next = try world.client(files: files)
        try await next.flush()
        #expect(world.transport.seen.repeated == 1)
        #expect(world.transport.seen.counted.count == 1)
    }

    @Test func aFullDiskAcceptsNothing() async throws {
        let world = try World()
        let files = FailingFiles()
        var options = world.options
        options.cap = PopulusClient.Cap(reports: 1, seconds: 1000)
        let client = try world.client(options, files: files)
        try await client.report("a")
        try await client.flush()
        world.advance(1000)
        files.set(writes: true)
        await #expect(throws: PopulusClient.Failure.diskFull) { try await client.report("b") }
        #expect(try await client.waiting == 0)
        files.set()
        try await client.report("b")
        #expect(try await client.waiting == 1)
    }

    @Test(
        arguments: [
            TransportAnswer(status: 204), TransportAnswer(status: 202), TransportAnswer(status: 302),
            TransportAnswer(status: 200, fields: ["content-type": "text/html"], body: Array("<p>".utf8)),
            TransportAnswer(status: 200, fields: ["content-type": MediaType.uploadErrors.description], body: [1, 2]),
            TransportAnswer(status: 404), TransportAnswer(status: 400), TransportAnswer(status: 500),
        ])
    func whoIsNoLeaderTakesNoReport(answer: TransportAnswer) async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .answers(answer) }
        await #expect(throws: PopulusClient.Failure.self) { try await client.flush() }
        #expect(try await client.waiting == 1)
        world.transport.set { $0.uploadManner = .works }
        try await client.flush()
        #expect(world.transport.seen.counted.count == 1)
    }

    @Test func aLargeRequestIsHalved() async throws {
        let world = try World()
        let client = try world.client()
        for index in 0..<4 { try await client.report("\(index)") }
        world.transport.set { $0.uploadManner = .answers(TransportAnswer(status: 413)) }
        // Four, two, one, and the one that is too large alone is gone; then the next ones.
        try await client.flush()
        #expect(try await client.waiting == 0)
        #expect(world.transport.seen.uploads == 6)
        #expect(world.events.count == 4)
    }

    @Test func refusedReportsAreGoneAndTold() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .refuses(.outdatedConfig) }
        try await client.flush()
        #expect(world.events == [.refused("outdated_config")])
        #expect(try await client.waiting == 0)
        // The keys are asked for again.
        world.transport.set { $0.uploadManner = .works }
        try await client.report("b")
        #expect(world.transport.seen.keyRequests == 4)
    }

    @Test func aReportThatIsTooOldIsGoneAndTold() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.advance(15 * 86_400)
        #expect(await client.tick() == nil)
        #expect(world.events == [.expired])
        #expect(world.transport.seen.uploads == 0)
    }
}
