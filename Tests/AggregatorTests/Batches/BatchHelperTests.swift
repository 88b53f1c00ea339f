import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Whole batches through the Helper, and what it makes of requests that come again.
@Suite struct BatchHelperTests {
    static let values: [UInt64] = [0, 1, 1, 3, 2, 1, 0, 3, 3, 1]

    @Test(arguments: BatchScheme.allCases, [BatchMode.timeInterval, .leaderSelected])
    func batchesAreExact(scheme: BatchScheme, mode: BatchMode) async throws {
        let fixture = try BatchFixture(scheme, mode: mode)
        // Two jobs of one batch.
        let one = try await fixture.aggregate(try fixture.entries(Array(Self.values.prefix(4))))
        let other = try await fixture.aggregate(try fixture.entries(Array(Self.values.dropFirst(4))))
        let shares = one.shares.merging(other.shares) { first, _ in first }
        try #require(shares.count == Self.values.count)
        let (body, collection) = try fixture.shareRequest(shares.keys)
        let answer = try await fixture.createShare(body)
        #expect(
            try fixture.result(answer, collection, leader: Array(shares.values)) == scheme.result(of: Self.values))
        // Sealed once: the same bytes for the same request, also after a restart, and on asking.
        #expect(try await fixture.createShare(body) == answer)
        try fixture.restart()
        #expect(try await fixture.createShare(body) == answer)
        #expect(try await fixture.helper.aggregateShare(id: answer.id) == answer)
    }

    @Test(arguments: BatchScheme.allCases)
    func theSameJobGetsTheSameAnswer(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme)
        let entries = try fixture.entries(Self.values)
        let body = try fixture.initRequest(entries)
        let first = try await fixture.helper.createAggregationJob(body: body)
        #expect(try await fixture.helper.createAggregationJob(body: body) == first)
        try fixture.restart()
        #expect(try await fixture.helper.createAggregationJob(body: body) == first)
        #expect(try await fixture.helper.aggregationJob(id: first.id, step: 0) == first)
        #expect(
            await problem { _ = try await fixture.helper.aggregationJob(id: first.id, step: nil) } == .invalidMessage)
        #expect(
            await problem { _ = try await fixture.helper.aggregationJob(id: first.id, step: 1) } == .stepMismatch)
        #expect(
            await problem { _ = try await fixture.helper.aggregationJob(id: .random(), step: 0) }
                == .unrecognizedAggregationJob)
        // Counted once, however often it was asked.
        guard scheme != .poplar1 else { return }
        let (share, _) = try fixture.shareRequest(entries.map(\.id))
        _ = try await fixture.createShare(share)
    }

    @Test func stepsFollowOneAnother() async throws {
        let fixture = try BatchFixture(.poplar1)
        let entries = try fixture.entries(Self.values)
        let created = try await fixture.helper.createAggregationJob(body: try fixture.initRequest(entries))
        let body = try fixture.continueRequest(entries, created)
        func post(_ body: [UInt8]) async throws -> AggregationJobAnswer {
            try await fixture.helper.postAggregationJob(
                id: created.id, mediaType: .aggregationJobContinueReq, body: body)
        }
        #expect(await problem { _ = try await post([]) } == .invalidMessage)
        #expect(await problem { _ = try await post([0, 0] + body.dropFirst(2)) } == .invalidMessage)
        #expect(await problem { _ = try await post([0, 2] + body.dropFirst(2)) } == .stepMismatch)
        let request = try AggregationJobContinueReq(decoding: body)
        let (last, others) = (try #require(request.verifyContinues.last), request.verifyContinues.dropLast())
        for wrong in [
            [VerifyContinue(reportID: .random(), payload: last.payload)] + others, others + [last, last],
            [last] + others, [],
        ] {
            let body = AggregationJobContinueReq(step: 1, verifyContinues: wrong).encoded()
            #expect(await problem { _ = try await post(body) } == .invalidMessage)
        }
        try fixture.restart()
        // The last report is missing: the Leader rejected it.
        let shorter = AggregationJobContinueReq(step: 1, verifyContinues: Array(others)).encoded()
        let answer = try await post(shorter)
        let responses = try AggregationJobResp(decoding: answer.body).verifyResps
        #expect(responses.map(\.reportID) == others.map(\.reportID))
        #expect(responses.allSatisfy { $0.outcome == .finish })
        // Again: the same; other bytes: refused; and no rewinding.
        #expect(try await post(shorter) == answer)
        #expect(await problem { _ = try await post(body) } == .stepMismatch)
        let again = try await fixture.helper.createAggregationJob(body: try fixture.initRequest(entries))
        #expect(again == answer)
        #expect(try await fixture.helper.aggregationJob(id: created.id, step: 1) == answer)
        let (share, _) = try fixture.shareRequest(others.map(\.reportID))
        _ = try await fixture.createShare(share)
    }

    @Test(arguments: BatchScheme.allCases)
    func aReportIsAggregatedOnce(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme)
        let entries = try fixture.entries(Self.values)
        let first = try await fixture.aggregate(entries)
        #expect(first.shares.count == entries.count)
        // In another job, and in one of another parameter.
        let again = try await fixture.aggregate(Array(entries.dropLast()))
        #expect(again.outcomes.allSatisfy { $0 == .reject(.reportReplayed) })
        let counts = try await fixture.helper.reportCounts()
        #expect(counts.first { $0.error == .reportReplayed }?.count == UInt64(entries.count - 1))
    }

    /// Rule 1: a Poplar1 report is bound for good when anything derived from it may have left.
    @Test func deletionKeepsBindings() async throws {
        let fixture = try BatchFixture(.poplar1)
        let entries = try fixture.entries(Self.values)
        let body = try fixture.initRequest(entries)
        let created = try await fixture.helper.createAggregationJob(body: body)
        try await fixture.helper.deleteAggregationJob(id: created.id)
        #expect(
            await problem { _ = try await fixture.helper.aggregationJob(id: created.id, step: 0) }
                == .unrecognizedAggregationJob)
        #expect(
            await problem { _ = try await fixture.helper.createAggregationJob(body: body) }
                == .unrecognizedAggregationJob)
        let other = try fixture.initRequest(entries, parameter: try BatchScheme.otherParameter())
        let answer = try await fixture.helper.createAggregationJob(body: other)
        #expect(
            try AggregationJobResp(decoding: answer.body).verifyResps.allSatisfy {
                $0.outcome == .reject(.reportReplayed)
            })
        #expect(
            await problem { try await fixture.helper.deleteAggregationJob(id: created.id) }
                == .unrecognizedAggregationJob)
    }

    @Test(arguments: [BatchScheme.count, .poplar1])
    func answersThatComeLater(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme, answersLater: true)
        let entries = try fixture.entries(Self.values)
        let body = try fixture.initRequest(entries)
        let waiting = ResourceState.processing(retryAfter: fixture.settings.retryAfter)
        let created = try await fixture.helper.createAggregationJob(body: body)
        #expect(created.state == waiting)
        #expect(try await fixture.helper.createAggregationJob(body: body) == created)
        #expect(try await fixture.helper.aggregationJob(id: created.id, step: 0) == created)
        // What was accepted is answered after a restart.
        try fixture.restart()
        try await fixture.running {
            var job = try await ready { try await fixture.helper.aggregationJob(id: created.id, step: 0) }
            if scheme == .poplar1 {
                let body = try fixture.continueRequest(entries, job)
                let posted = try await fixture.helper.postAggregationJob(
                    id: created.id, mediaType: .aggregationJobContinueReq, body: body)
                #expect(posted.state == waiting)
                job = try await ready { try await fixture.helper.aggregationJob(id: created.id, step: 1) }
                let again = try await fixture.helper.postAggregationJob(
                    id: created.id, mediaType: .aggregationJobContinueReq, body: body)
                #expect(again == job)
            }
            let (body, _) = try fixture.shareRequest(entries.map(\.id))
            let share = try await fixture.createShare(body)
            #expect(share.state == waiting)
            let sealed = try await ready { try await fixture.helper.aggregateShare(id: share.id) }
            #expect(try await fixture.createShare(body) == sealed)
        }
    }

    private func ready<ID: OpaqueID>(
        _ ask: () async throws -> HelperAnswer<ID>
    ) async throws -> HelperAnswer<ID> {
        for _ in 0..<400 {
            let answer = try await ask()
            if case .ready = answer.state { return answer }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw AggregatorError.internal("it never gets ready")
    }
}
