import PopulusClient
import Testing

/// Nothing is made, kept or sent without consent, and withdrawing it erases.
@Suite struct ConsentTests {
    @Test func nothingHappensBeforeConsent() async throws {
        let world = try World()
        let client = try world.client(consent: .notAsked)
        await #expect(throws: PopulusClient.Failure.noConsent) { try await client.report("a") }
        #expect(await client.tick() == nil)
        await #expect(throws: PopulusClient.Failure.noConsent) { try await client.flush() }
        #expect(world.transport.seen.keyRequests == 0)
        try await client.set(.given)
        try await client.report("a")
        #expect(world.files.count == 1)
    }

    @Test func withdrawingErasesTheQueue() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        try await client.report("b")
        try await client.set(.withdrawn)
        #expect(world.files.isEmpty)
        try await client.set(.given)
        try await client.flush()
        #expect(world.transport.seen.uploads == 0)
    }

    @Test func aStartWithoutConsentErasesTheQueue() async throws {
        let world = try World()
        let first = try world.client()
        try await first.report("a")
        await first.close()
        let second = try world.client(consent: .withdrawn)
        #expect(await second.tick() == nil)
        #expect(world.files.isEmpty)
    }

    @Test func aQueueThatCannotBeErasedIsSentByNobody() async throws {
        let world = try World()
        let files = FailingFiles()
        let client = try world.client(files: files)
        try await client.report("a")
        files.set(removals: true)
        await #expect(throws: PopulusClient.Failure.storage("it stays")) { try await client.set(.withdrawn) }
        await #expect(throws: PopulusClient.Failure.storage("it stays")) { try await client.set(.withdrawn) }
        try await client.set(.given)
        await #expect(throws: PopulusClient.Failure.storage("it stays")) { try await client.flush() }
        files.set()
        try await client.flush()
        #expect(world.transport.seen.uploads == 0)
        // What a start finds half erased it erases.
        let next = try world.client(files: files)
        #expect(try await next.waiting == 0)
    }

    @Test func aFullDiskKeepsNothingFromBeingErased() async throws {
        let world = try World()
        let files = FailingFiles()
        let client = try world.client(files: files)
        try await client.report("a")
        files.set(writes: true)
        try await client.set(.withdrawn)
        #expect(try files.open().filter { $0.hasSuffix(".report") }.isEmpty)
    }

    @Test func whatWasSentAndCouldNotBeRemovedIsErasedToo() async throws {
        let world = try World()
        let files = FailingFiles()
        let client = try world.client(files: files)
        try await client.report("a")
        files.set(removals: true)
        try await client.flush()
        #expect(try files.open().contains { $0.hasSuffix(".report") })
        files.set()
        try await client.set(.withdrawn)
        #expect(try files.open().filter { $0.hasSuffix(".report") }.isEmpty)
    }

    @Test func whatIsBeingMadeIsBrokenOff() async throws {
        let world = try World()
        let client = try world.client()
        world.transport.set { $0.keyManner = .hangs }
        let report = Task { () -> PopulusClient.Failure? in
            do throws(PopulusClient.Failure) { try await client.report("a") } catch { return error }
            return nil
        }
        for await _ in world.transport.arrived { break }
        try await client.set(.withdrawn)
        #expect(await report.value == .noConsent)
        #expect(world.files.isEmpty)
    }

    @Test func whatIsBeingSentIsBrokenOff() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        world.transport.set { $0.uploadManner = .hangs }
        let flush = Task { () -> PopulusClient.Failure? in
            do throws(PopulusClient.Failure) { try await client.flush() } catch { return error }
            return nil
        }
        var arrived = 0
        for await _ in world.transport.arrived {
            arrived += 1
            // Two for keys, and the upload.
            if arrived == 3 { break }
        }
        try await client.set(.withdrawn)
        _ = await flush.value
        #expect(world.files.isEmpty)
        #expect(try await client.waiting == 0)
    }
}
