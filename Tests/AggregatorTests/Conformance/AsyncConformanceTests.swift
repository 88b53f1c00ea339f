import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// A Helper that answers later, and a Leader that polls it (DAP §3.1, §4.5.3.2, §4.5.4.2, §4.6.4).
@Suite struct AsyncConformanceTests {
    private static func settings() -> AggregatorSettings {
        var settings = AggregatorSettings()
        settings.answersLater = true
        settings.retryAfter = .seconds(17)
        return settings
    }

    private func bench(_ task: BatchTask) throws -> LeaderBench {
        try LeaderBench(task, helperSettings: Self.settings())
    }

    /// The Leader asks for the step that it is at, as often as needed, and no sooner than it was told.
    @Test(arguments: [false, true])
    func deferredAnswersGiveTheSameResult(_ isPoplar1: Bool) async throws {
        let bench = try bench(isPoplar1 ? try BatchTask.poplar1() : try BatchTask())
        let helper = bench.helper.helper
        let worker = Task { try? await helper.run() }
        defer { worker.cancel() }
        try await bench.upload([1, 2, 2])
        let result = try await bench.collect(try bench.request())
        #expect(result.response.reportCount == 3)
        if isPoplar1 {
            let counts: [UInt128] = (0..<16).map { $0 == 1 ? 1 : $0 == 2 ? 2 : 0 }
            #expect(result.value == .vector(counts))
        } else {
            #expect(result.value == .number(5))
        }
        let polls = bench.peer.sent(.poll)
        #expect(polls.contains([0, 0]) && polls.contains([]))
        #expect(polls.contains([0, 1]) == isPoplar1)
        #expect(bench.pauses.all.count { $0 == .seconds(17) } >= polls.count)
    }

    /// Until the work is done an answer is the same as the first; then it stays.
    @Test func aJobIsPolledForUntilItIsReady() async throws {
        let bench = try HelperBench(try BatchTask(), settings: Self.settings())
        let job = try bench.job(try bench.reports([1, 2]))
        let body = job.request.encoded()
        let created = try await bench.helper.createAggregationJob(body: body)
        let waiting = ResourceState.processing(retryAfter: .seconds(17))
        #expect(created.state == waiting)
        for _ in 0..<2 {
            #expect(try await bench.helper.createAggregationJob(body: body) == created)
            #expect(try await bench.helper.aggregationJob(id: created.id, step: 0) == created)
            // What was accepted survives, and is worked at after a restart.
            try bench.restart()
        }
        let helper = bench.helper
        let worker = Task { try? await helper.run() }
        defer { worker.cancel() }
        var answer = created
        for _ in 0..<1000 where answer.state == waiting {
            try await Task.sleep(for: .milliseconds(5))
            answer = try await helper.aggregationJob(id: created.id, step: 0)
        }
        let response = try AggregationJobResp(decoding: try bench.body(answer.state, .aggregationJobResp))
        #expect(response.verifyResps.map(\.reportID) == job.ids)
        #expect(try await helper.createAggregationJob(body: body) == answer)
        #expect(
            await problem { _ = try await helper.aggregationJob(id: created.id, step: 1) } == .stepMismatch)
    }

    @Test func aShareIsPolledForUntilItIsReady() async throws {
        let bench = try HelperBench(try BatchTask(), settings: Self.settings())
        let helper = bench.helper
        let worker = Task { try? await helper.run() }
        defer { worker.cancel() }
        let job = try bench.job(try bench.reports([1, 2]))
        let created = try await helper.createAggregationJob(body: job.request.encoded())
        for _ in 0..<1000 {
            guard case .processing = try await helper.aggregationJob(id: created.id, step: 0).state else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        let request = try bench.shareRequest(job.ids)
        var answer = try await bench.share(request)
        for _ in 0..<1000 {
            guard case .processing = answer.state else { break }
            try await Task.sleep(for: .milliseconds(5))
            answer = try await helper.aggregateShare(id: answer.id)
        }
        #expect(try bench.open(answer, request).count == 8)
        #expect(try await bench.share(request) == answer)
        // What is refused is refused at once, not later.
        #expect(await problem { _ = try await bench.share(try bench.shareRequest([.random()])) } == .batchOverlap)
    }

    /// Once nobody wants the result any more.
    @Test func pollsEndWithTheirCollection() async throws {
        let bench = try bench(try BatchTask())
        let helper = bench.helper.helper
        let worker = Task { try? await helper.run() }
        try await bench.upload([1, 2])
        #expect(try await bench.eventually { try await bench.isSettled() })
        // Nobody works at the share.
        worker.cancel()
        await worker.value
        let before = bench.peer.sent.count
        let id = try await bench.create(try bench.request())
        #expect(try await bench.eventually { bench.peer.sent.count > before + 3 })
        try await bench.leader.deleteCollectionJob(id: id)
        try await Task.sleep(for: .milliseconds(200))
        let sent = bench.peer.sent
        try await Task.sleep(for: .milliseconds(300))
        #expect(bench.peer.sent.count == sent.count)
        #expect(sent.dropFirst(before).map(\.call).count { $0 == .share } == 1)
    }

    /// Before the batch's jobs are done it has no reports: nothing half done is ever released.
    @Test func aShareDoesNotOvertakeItsJobs() async throws {
        let bench = try HelperBench(try BatchTask(), settings: Self.settings())
        let job = try bench.job(try bench.reports([1, 2]))
        _ = try await bench.helper.createAggregationJob(body: job.request.encoded())
        #expect(await problem { _ = try await bench.share(try bench.shareRequest(job.ids)) } == .invalidBatchSize)
    }
}
