import PopulusClient
import PopulusDAP
import Testing

/// Reports are sealed to the servers' own keys, which are asked for when they have to be.
@Suite struct KeyTests {
    @Test func keysAreUsedForAsLongAsTheServerSays() async throws {
        let world = try World()
        let client = try world.client()
        try await client.report("a")
        try await client.report("b")
        #expect(world.transport.seen.keyRequests == 2)
        await client.close()
        // The next start has them from the disk.
        let next = try world.client()
        try await next.report("c")
        #expect(world.transport.seen.keyRequests == 2)
        world.advance(601)
        try await next.report("d")
        #expect(world.transport.seen.keyRequests == 4)
        // A clock that was set back makes them stale.
        world.advance(-1000)
        try await next.report("e")
        #expect(world.transport.seen.keyRequests == 6)
    }

    @Test func manyReportsAskOnce() async throws {
        let world = try World()
        let client = try world.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<20 { group.addTask { try await client.report("\(index)") } }
            try await group.waitForAll()
        }
        #expect(world.transport.seen.keyRequests == 2)
        #expect(try await client.waiting == 20)
    }

    @Test func withoutKeysNothingIsAccepted() async throws {
        let world = try World()
        let client = try world.client()
        world.transport.set { $0.keyManner = .isAway }
        let failure = PopulusClient.Failure.noKeys(.unanswered(.leader))
        await #expect(throws: failure) { try await client.report("a") }
        // The next one at once asks nobody.
        await #expect(throws: failure) { try await client.report("a") }
        #expect(world.transport.seen.keyRequests == 1)
        #expect(world.files.isEmpty)
        world.transport.set { $0.keyManner = .works }
        world.advance(2)
        try await client.report("a")
    }

    @Test func otherKeysThanExpectedGetNothing() async throws {
        let world = try World()
        var options = world.options
        let leader = Base64URL.encode(world.leaderKey.config.publicKey)
        let helper = Base64URL.encode(world.helperKey.config.publicKey)
        options.expectedKeys = .init(leader: [leader], helper: [leader])
        let client = try world.client(options)
        await #expect(throws: PopulusClient.Failure.unexpectedKeys(.helper)) { try await client.report("a") }
        #expect(world.files.isEmpty)
        #expect(try await client.serverKeys() == .init(leader: [leader], helper: [helper]))
        await client.close()
        options.expectedKeys = .init(leader: [leader, "x"], helper: [helper])
        let right = try world.client(options)
        try await right.report("a")
        try await right.flush()
        await right.close()
        // Keys that an earlier start has kept are looked at too.
        options.expectedKeys = .init(leader: [helper], helper: [helper])
        let wrong = try world.client(options)
        await #expect(throws: PopulusClient.Failure.unexpectedKeys(.leader)) { try await wrong.report("a") }
    }

    @Test func aCancelledReportIsNotAccepted() async throws {
        let world = try World()
        let client = try world.client()
        world.transport.set { $0.keyManner = .hangs }
        let report = Task { () -> PopulusClient.Failure? in
            do throws(PopulusClient.Failure) { try await client.report("a") } catch { return error }
            return nil
        }
        for await _ in world.transport.arrived { break }
        report.cancel()
        #expect(await report.value == .cancelled)
        #expect(try await client.waiting == 0)
        await client.close()
    }
}
