import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What the Helper of a batch task does by itself, and what becomes of jobs that neither side ends.
@Suite struct BatchHelperWorkTests {
    private static let values: [UInt64] = [1, 0, 1]

    private func create(
        _ fixture: BatchFixture
    ) async throws -> (job: AggregationJobAnswer, entries: [BatchFixture.Entry]) {
        let entries = try fixture.entries(Self.values)
        return (try await fixture.helper.createAggregationJob(body: try fixture.initRequest(entries)), entries)
    }

    /// Waits until a condition holds, a few seconds at most.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private func isReady(_ fixture: BatchFixture, _ id: AggregationJobID) async throws -> Bool {
        if case .ready = try await fixture.helper.aggregationJob(id: id, step: 0).state { true } else { false }
    }

    /// What cannot be done for now is tried again, behind the others.
    @Test func aJobThatFailsBlocksNoOther() async throws {
        let fixture = try BatchFixture(.count, answersLater: true)
        let (failing, fine) = (try await create(fixture).job.id, try await create(fixture).job.id)
        func setKey(_ keyID: UInt8) async throws {
            try await fixture.store.write("test") { transaction in
                var job = try #require(try transaction.batchJob(id: failing))
                job.verificationKeyID = keyID
                try transaction.updateJob(job)
            }
        }
        try await setKey(9)
        try await fixture.running {
            #expect(try await eventually { try await isReady(fixture, fine) })
            #expect(try await !isReady(fixture, failing))
            try await setKey(7)
            #expect(try await eventually { try await isReady(fixture, failing) })
        }
    }

    /// A job that was accepted before the Helper was started with narrower bounds.
    @Test(arguments: [BatchScheme.count, .poplar1])
    func aJobThatIsRefusedAfterAllSaysWhy(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme, answersLater: true)
        let (job, entries) = try await create(fixture)
        let greatest = fixture.settings.greatestAggregateShareBytes
        fixture.settings.greatestAggregateShareBytes = 1
        try fixture.restart()
        func refusal() async -> ProblemType? {
            await problem { _ = try await fixture.helper.aggregationJob(id: job.id, step: 0) }
        }
        try await fixture.running {
            let isRefused = try await eventually { await refusal() == .invalidAggregationParameter }
            #expect(isRefused)
        }
        fixture.settings.greatestAggregateShareBytes = greatest
        try fixture.restart(answersLater: false)
        #expect(await refusal() == .invalidAggregationParameter)
        let body = try fixture.initRequest(entries)
        #expect(
            await problem { _ = try await fixture.helper.createAggregationJob(body: body) }
                == .invalidAggregationParameter)
        // Nothing was sent: Prio3's reports may come in another job.
        let again = try await fixture.aggregate(entries.reversed())
        #expect(again.shares.count == (scheme == .count ? 3 : 0))
    }

    /// A Leader that never goes on: the request is erased some day, the reports stay bound.
    @Test func forgottenJobsEnd() async throws {
        let fixture = try BatchFixture(.poplar1)
        let (job, entries) = try await create(fixture)
        let (body, store) = (try fixture.continueRequest(entries, job), fixture.store)
        func kept() async throws -> Int? {
            try await store.read("test") { try $0.batchJob(id: job.id)?.request.count }
        }
        fixture.clock.advance(seconds: fixture.settings.longestJobPause)
        try await fixture.running {
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await kept() != 0)
            fixture.clock.advance(seconds: 1)
            #expect(try await eventually { try await kept() == 0 })
        }
        #expect(
            await problem {
                _ = try await fixture.helper.postAggregationJob(
                    id: job.id, mediaType: .aggregationJobContinueReq, body: body)
            } == .unrecognizedAggregationJob)
        let again = try await fixture.aggregate(entries.reversed())
        #expect(again.outcomes.allSatisfy { $0 == .reject(.reportReplayed) })
        let counts = try await fixture.helper.reportCounts()
        #expect(counts.contains(ReportCount(error: .reportDropped, point: .deletion, count: 3)))
    }

    /// The second round needs the key of the first: without it nobody's report is rejected.
    @Test func aKeyThatIsGoneIsMissed() async throws {
        let fixture = try BatchFixture(.poplar1)
        let (job, entries) = try await create(fixture)
        let body = try fixture.continueRequest(entries, job)
        func post() async throws -> AggregationJobAnswer {
            try await fixture.helper.postAggregationJob(
                id: job.id, mediaType: .aggregationJobContinueReq, body: body)
        }
        let newer = HpkeKeyPair.generate(id: 9)
        try fixture.restart(keys: [newer])
        for _ in 0..<2 {
            await #expect {
                _ = try await post()
            } throws: { error in
                guard case AggregatorError.internal(let detail) = error else { return false }
                return detail.contains("put it back")
            }
        }
        try fixture.restart(keys: [newer, fixture.helperKey])
        let answer = try AggregationJobResp(decoding: try await post().body)
        #expect(answer.verifyResps.map(\.outcome) == [.finish, .finish, .finish])
    }

    /// Reports of another parameter came first while these were verified.
    @Test func aBucketTakesOneParameterAtCommit() async throws {
        let fixture = try BatchFixture(.poplar1)
        let other = try BatchScheme.otherParameter()
        let entries = try Self.values.map { try fixture.entry($0, parameter: other) }
        let job = try await fixture.helper.createAggregationJob(
            body: try fixture.initRequest(entries, parameter: other))
        let first = try await fixture.aggregate(try fixture.entries(Self.values))
        #expect(first.shares.count == 3)
        let answer = try await fixture.helper.postAggregationJob(
            id: job.id, mediaType: .aggregationJobContinueReq,
            body: try fixture.continueRequest(entries, job, parameter: other))
        let outcomes = try AggregationJobResp(decoding: answer.body).verifyResps.map(\.outcome)
        #expect(outcomes.count == 3 && outcomes.allSatisfy { $0 == .reject(.reportDropped) })
        _ = try await fixture.createShare(try fixture.shareRequest(first.shares.keys).body)
    }
}
