import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Aggregate shares of batch tasks: what must agree before one is released, and what a release closes.
@Suite struct BatchHelperShareTests {
    private func begin(
        _ scheme: BatchScheme = .count, mode: BatchMode = .timeInterval
    ) async throws -> (fixture: BatchFixture, ids: [ReportID]) {
        let fixture = try BatchFixture(scheme, mode: mode)
        let entries = try fixture.entries([1, 0, 1, 1])
        _ = try await fixture.aggregate(entries)
        return (fixture, entries.map(\.id))
    }

    private func refusal(_ fixture: BatchFixture, _ body: [UInt8]) async -> ProblemType? {
        await problem { _ = try await fixture.createShare(body) }
    }

    @Test(arguments: [BatchMode.timeInterval, .leaderSelected])
    func aggregatorsMustAgree(mode: BatchMode) async throws {
        let (fixture, ids) = try await begin(mode: mode)
        let good = try fixture.shareRequest(ids).body
        #expect(await refusal(fixture, []) == .invalidMessage)
        #expect(await refusal(fixture, Array(good.dropLast())) == .invalidMessage)
        let miscounted = try fixture.shareRequest(ids) { $0.count += 1 }.body
        #expect(await refusal(fixture, miscounted) == .batchMismatch)
        let others = try fixture.shareRequest(ids) { $0.checksum.add(.random()) }.body
        #expect(await refusal(fixture, others) == .batchMismatch)
        // None of these closed the batch.
        _ = try await fixture.createShare(good)
        // Another request for what is collected.
        #expect(await refusal(fixture, miscounted) == .batchOverlap)
    }

    @Test func extensionsAndModesAreChecked() async throws {
        let (fixture, ids) = try await begin()
        let unknown = try fixture.shareRequest(ids) { $0.extensions = [.init(type: 7, data: [])] }.body
        await #expect(throws: AggregatorError.unsupportedExtensions([7])) { _ = try await fixture.createShare(unknown) }
        let collection = CollectionJobReq(query: .leaderSelected, aggregationParameter: [])
        let otherMode = AggregateShareReq(
            collectionJobReq: collection, batchSelector: .leaderSelected(.random()), reportCount: 4,
            checksum: BatchChecksum(of: ids))
        #expect(await refusal(fixture, otherMode.encoded()) == .invalidMessage)
        let empty = Interval(start: Time(units: fixture.clock.now), duration: TimeDuration(units: 0))
        #expect(await refusal(fixture, try fixture.shareRequest(ids, interval: empty).body) == .batchInvalid)
        let endless = Interval(start: Time(units: 2), duration: TimeDuration(units: .max))
        #expect(await refusal(fixture, try fixture.shareRequest(ids, interval: endless).body) == .batchInvalid)
        // A selector beyond the query.
        let query = Interval(start: Time(units: fixture.clock.now), duration: TimeDuration(units: 1))
        let wider = Interval(start: query.start, duration: TimeDuration(units: 2))
        let beyond = AggregateShareReq(
            collectionJobReq: CollectionJobReq(query: .timeInterval(query), aggregationParameter: []),
            batchSelector: .timeInterval(wider), reportCount: 4, checksum: BatchChecksum(of: ids))
        #expect(await refusal(fixture, beyond.encoded()) == .batchInvalid)
        await #expect(throws: AggregatorError.unsupportedMediaType) {
            _ = try await fixture.helper.createAggregateShare(mediaType: .walkAggregateShareReq, body: [])
        }
    }

    @Test func smallAndUnknownBatchesAreRefused() async throws {
        let fixture = try BatchFixture(.count, minBatchSize: 5)
        let entries = try fixture.entries([1, 0, 1, 1])
        _ = try await fixture.aggregate(entries)
        #expect(await refusal(fixture, try fixture.shareRequest(entries.map(\.id)).body) == .invalidBatchSize)
        let elsewhere = Interval(start: Time(units: 5), duration: TimeDuration(units: 5))
        #expect(await refusal(fixture, try fixture.shareRequest([], interval: elsewhere).body) == .invalidBatchSize)
        let selected = try BatchFixture(.count, mode: .leaderSelected)
        #expect(await refusal(selected, try selected.shareRequest([]).body) == .batchInvalid)
        // It is collected once there are enough.
        let more = try fixture.entries([1])
        _ = try await fixture.aggregate(more)
        _ = try await fixture.createShare(try fixture.shareRequest((entries + more).map(\.id)).body)
    }

    @Test(arguments: BatchScheme.allCases, [BatchMode.timeInterval, .leaderSelected])
    func aCollectedBatchIsClosed(scheme: BatchScheme, mode: BatchMode) async throws {
        let (fixture, ids) = try await begin(scheme, mode: mode)
        // Begun before, continued after the collection: Poplar1 has two rounds.
        let open = try fixture.entries([1, 1])
        let created =
            scheme == .poplar1
            ? try await fixture.helper.createAggregationJob(body: try fixture.initRequest(open)) : nil
        _ = try await fixture.createShare(try fixture.shareRequest(ids).body)
        if let created {
            let answer = try await fixture.helper.postAggregationJob(
                id: created.id, mediaType: .aggregationJobContinueReq,
                body: try fixture.continueRequest(open, created))
            #expect(
                try AggregationJobResp(decoding: answer.body).verifyResps.map(\.outcome)
                    == [.reject(.batchCollected), .reject(.batchCollected)])
        }
        let late = try await fixture.aggregate(try fixture.entries([1]))
        #expect(late.outcomes == [.reject(.batchCollected)])
        guard mode == .timeInterval else { return }
        // Its neighbours are open, and cannot be collected together with it.
        let next = try fixture.entries([1, 0, 1], time: fixture.clock.now - 1)
        #expect(try await fixture.aggregate(next).shares.count == 3)
        let both = Interval(start: Time(units: fixture.clock.now - 1), duration: TimeDuration(units: 2))
        let over = try fixture.shareRequest(ids + next.map(\.id), interval: both).body
        #expect(await refusal(fixture, over) == .batchOverlap)
        let alone = Interval(start: Time(units: fixture.clock.now - 1), duration: TimeDuration(units: 1))
        _ = try await fixture.createShare(try fixture.shareRequest(next.map(\.id), interval: alone).body)
    }

    /// The Leader's clock, or the Leader, may be wrong.
    @Test func anIntervalThatIsNotOverIsNotClosed() async throws {
        let (fixture, ids) = try await begin()
        let start = Time(units: fixture.clock.now)
        for ahead in [301, 86_400, 315_360_000] as [UInt64] {
            let long = Interval(start: start, duration: TimeDuration(units: ahead))
            #expect(await refusal(fixture, try fixture.shareRequest(ids, interval: long).body) == .batchInvalid)
        }
        // Nothing was closed.
        let later = try await fixture.aggregate(try fixture.entries([1]))
        #expect(later.outcomes.allSatisfy { if case .reject = $0 { false } else { true } })
        let over = Interval(start: start, duration: TimeDuration(units: 300))
        #expect(await refusal(fixture, try fixture.shareRequest(ids, interval: over).body) == .batchMismatch)
    }

    @Test func aBatchHasOneParameter() async throws {
        let (fixture, ids) = try await begin(.poplar1)
        let other = try BatchScheme.otherParameter()
        let entries = try [1, 2].map { try fixture.entry($0, parameter: other) }
        #expect(
            await problem {
                _ = try await fixture.helper.createAggregationJob(
                    body: try fixture.initRequest(entries, parameter: other))
            } == .invalidAggregationParameter)
        #expect(await refusal(fixture, try fixture.shareRequest(ids, parameter: other).body) == .invalidMessage)
        _ = try await fixture.createShare(try fixture.shareRequest(ids).body)
    }

    @Test func deletionDiscardsAShareAndKeepsTheBatchClosed() async throws {
        let (fixture, ids) = try await begin()
        let body = try fixture.shareRequest(ids).body
        let share = try await fixture.createShare(body)
        try await fixture.helper.deleteAggregateShare(id: share.id)
        await #expect(throws: AggregatorError.notFound) { _ = try await fixture.helper.aggregateShare(id: share.id) }
        await #expect(throws: AggregatorError.notFound) {
            try await fixture.helper.deleteAggregateShare(id: share.id)
        }
        #expect(await refusal(fixture, body) == .batchOverlap)
        let late = try await fixture.aggregate(try fixture.entries([1]))
        #expect(late.outcomes == [.reject(.batchCollected)])
    }
}
