import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Requests that reach two processes at the same time.
@Suite struct MeetingTests {
    /// Both Leaders freeze what waits: one walk has it, and the other is refused or waits.
    @Test(arguments: ReplicaKind.allCases) func twoWalksOverTheSameReports(on kind: ReplicaKind) async throws {
        for _ in 0..<(kind == .memory ? 10 : 3) {
            let simulation = try Simulation(try TestTask(), shardReports: 100)
            let replicas = try await simulation.replicate(on: kind)
            try await simulation.upload(WholeWalkTests.values)
            let parameter = try simulation.level3()
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for name in ["l1", "l2"] {
                    let body = simulation.request(.random(), 0, parameter).encoded()
                    group.addTask {
                        do {
                            _ = try await replicas.leader(name).aggregator.createCollectionJob(body: body)
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(outcomes == 1)
            try await replicas.stop()
        }
    }

    @Test(arguments: ReplicaKind.allCases) func twoWalksOverIntervalsThatOverlap(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind)
        let now = simulation.clock.now
        try await simulation.upload(try WholeWalkTests.values.map { try simulation.factory.report($0, time: now - 10) })
        let parameter = try simulation.level3()
        let refusals = await withTaskGroup(of: ProblemType?.self) { group in
            for (name, start) in [("l1", now - 50), ("l2", now - 30)] {
                let interval = Interval(start: Time(units: start), duration: TimeDuration(units: now - 5 - start))
                let body = simulation.request(.random(), 0, parameter, query: .timeInterval(interval)).encoded()
                group.addTask {
                    await problem { _ = try await replicas.leader(name).aggregator.createCollectionJob(body: body) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.contains(.batchOverlap))
        try await replicas.stop()
    }

    /// Whatever was acknowledged is in one of two walks, and only once.
    @Test(arguments: ReplicaKind.allCases) func uploadsAtOneWhileTheOtherFreezes(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload([Int](repeating: 7, count: 6))
        let reports = try (0..<30).map { _ in try simulation.factory.report(7) }
        let uploads = Task {
            for report in reports {
                _ = try await replicas.leader("l1").aggregator.upload(body: UploadRequest(reports: [report]).encoded())
            }
        }
        let parameter = try simulation.level3()
        let request = simulation.request(.random(), 0, parameter)
        try await Task.sleep(for: .milliseconds(10))
        let id = try await replicas.leader("l2").aggregator.createCollectionJob(body: request.encoded())
        let first = try simulation.open(try await simulation.ready(id), request, parameter).reportCount
        try await uploads.value
        // As many as the least batch, if the first has left fewer.
        try await simulation.upload([Int](repeating: 7, count: 4))
        let second = try await simulation.collect(.random(), 0, parameter).reportCount
        #expect(first + second == 40)
        try await replicas.stop()
    }

    /// The same question to both processes is one job.
    @Test(arguments: ReplicaKind.allCases) func theSameRequestTwice(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 4)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(WholeWalkTests.values)
        let parameter = try simulation.level3()
        let request = simulation.request(.random(), 0, parameter)
        let body = request.encoded()
        async let one = replicas.leader("l1").aggregator.createCollectionJob(body: body)
        async let other = replicas.leader("l2").aggregator.createCollectionJob(body: body)
        let ids = (try await one, try await other)
        #expect(ids.0 == ids.1)
        #expect(try simulation.open(try await simulation.ready(ids.0), request, parameter).reportCount == 24)
        try await replicas.stop()
    }

    /// A Helper's job that another process owns is answered by that one; one that was passed on is not passed on again.
    @Test(arguments: ReplicaKind.allCases) func aJobIsAnsweredByItsOwner(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind, helpers: ["h1"])
        try await simulation.upload(WholeWalkTests.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let created = try #require(simulation.peer.sent.withLock { $0.first { $0.call == .create } })
        let continued = try #require(
            simulation.peer.sent.withLock { $0.first { $0.call == .post(.aggregationJobContinueReq) } })
        let h1 = try replicas.helper("h1").aggregator
        let (id, mediaType) = (try #require(continued.job), MediaType.aggregationJobContinueReq)
        let begun = try await h1.createAggregationJob(body: created.body)
        let answer = try await h1.postAggregationJob(id: id, mediaType: mediaType, body: continued.body)
        let h2 = try await replicas.startHelper("h2")
        #expect(
            try await h2.aggregator.postAggregationJob(id: id, mediaType: mediaType, body: continued.body) == answer)
        #expect(try segments(of: h2.store).isEmpty)
        let request = JobRequest(kind: .post(mediaType), id: id, body: continued.body)
        await #expect(throws: AggregatorError.self) { try await h2.aggregator.answer(forwarded: request) }
        // Once the owner is dead the receiver makes the shard again, to the same bytes.
        try await replicas.killHelper("h1")
        #expect(try await h2.aggregator.createAggregationJob(body: created.body) == begun)
        #expect(
            try await h2.aggregator.postAggregationJob(id: id, mediaType: mediaType, body: continued.body) == answer)
        try await replicas.stop()
    }
}
