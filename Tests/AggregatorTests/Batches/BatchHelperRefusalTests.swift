import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What the Helper of a batch task refuses: whole jobs, and single reports.
@Suite struct BatchHelperRefusalTests {
    @Test func jobsThatAreRefused() async throws {
        let fixture = try BatchFixture(.poplar1, mode: .leaderSelected)
        let entries = try fixture.entries([0, 1, 2])
        let good = try fixture.initRequest(entries)
        let batch = AggregationJobExtension(
            type: AggregationJobExtension.leaderSelectedBatchIDType, data: try #require(fixture.batchID).bytes)
        let unknown = AggregationJobExtension(type: 0x7777, data: [])
        func refusal(_ body: [UInt8]) async -> ProblemType? {
            await problem { _ = try await fixture.helper.createAggregationJob(body: body) }
        }
        #expect(await refusal([]) == .invalidMessage)
        #expect(await refusal(Array(good.dropLast())) == .invalidMessage)
        #expect(await refusal(good + [0]) == .invalidMessage)
        #expect(await refusal(try fixture.initRequest(entries, extensions: [])) == .invalidMessage)
        #expect(await refusal(try fixture.initRequest(entries, extensions: [batch, batch])) == .invalidMessage)
        let short = AggregationJobExtension(type: batch.type, data: Array(batch.data.dropLast()))
        #expect(await refusal(try fixture.initRequest(entries, extensions: [short])) == .invalidMessage)
        #expect(await refusal(try fixture.initRequest(entries, keyID: 8)) == .invalidMessage)
        #expect(await refusal(try fixture.initRequest(entries + [entries[0]])) == .invalidMessage)
        #expect(await refusal(try fixture.initRequest([])) == .invalidMessage)
        for parameter in [[], [0, 8, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0], [0, 1, 0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]] {
            let body = try fixture.initRequest(entries, parameter: parameter)
            #expect(await refusal(body) == .invalidAggregationParameter, "\(parameter)")
        }
        await #expect(throws: AggregatorError.unsupportedExtensions([0x7777])) {
            _ = try await fixture.helper.createAggregationJob(
                body: try fixture.initRequest(entries, extensions: [batch, unknown]))
        }
        // None of that touched the reports.
        #expect(try await fixture.aggregate(entries).shares.count == 3)
    }

    @Test(arguments: BatchScheme.allCases)
    func reportsThatAreRefused(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme)
        let ext = ReportExtension(type: 9, data: [])
        let cases: [(ReportError?, (inout BatchFixture.Changes) -> Void)] = [
            (nil, { _ in }),
            (.hpkeDecryptError, { $0.key = HpkeKeyPair.generate(id: 2).config }),
            (.hpkeDecryptError, { $0.configID = 99 }),
            (.invalidMessage, { $0.publicExtensions = [ext] }),
            (.invalidMessage, { $0.privateExtensions = [ext] }),
            (.invalidMessage, { $0.publicExtensions = [ext, ext] }),
            (.invalidMessage, { $0.helperShare = { Array($0.dropLast()) } }),
            (.invalidMessage, { $0.helperShare = { $0 + [0] } }),
            (.vdafVerifyError, { $0.inbound = { _ in [3] } }),
            (.vdafVerifyError, { $0.inbound = { _ in PingPongMessage.finish(verifierMessage: []).encoded() } }),
            (.reportTooEarly, { $0.time = fixture.clock.now + 301 }),
            (nil, { $0.time = fixture.clock.now + 300 }),
            (nil, { _ in }),
        ]
        let entries = try cases.map { try fixture.entry(1, $0.1) }
        let outcome = try await fixture.aggregate(entries)
        for (place, (expected, _)) in cases.enumerated() {
            #expect((outcome.shares[entries[place].id] != nil) == (expected == nil), "report \(place)")
            if let expected { #expect(outcome.outcomes[place] == .reject(expected), "report \(place)") }
        }
        // What came too early may come again; nothing derived from it has left.
        fixture.clock.advance(seconds: 10)
        let late = try await fixture.aggregate([entries[10]])
        #expect(late.shares.count == 1)
    }

    /// A share that the Leader or the client forged.
    @Test(arguments: BatchScheme.allCases)
    func forgedSharesDoNotVerify(scheme: BatchScheme) async throws {
        let fixture = try BatchFixture(scheme)
        let honest = try fixture.entry(1)
        let forged = try fixture.entry(1) { changes in
            changes.inbound = { message in
                // The Leader's verifier share, its last element changed.
                guard case .initialize(var share) = message, let last = share.indices.last else { return [] }
                share[last & ~7] ^= 1
                return PingPongMessage.initialize(verifierShare: share).encoded()
            }
        }
        let outcome = try await fixture.aggregate([honest, forged])
        #expect(outcome.shares.keys.contains(honest.id) && !outcome.shares.keys.contains(forged.id))
    }

    @Test func theTasksIntervalBoundsReports() async throws {
        let now = TestClock().now
        let fixture = try BatchFixture(
            .count, taskInterval: Interval(start: Time(units: now - 10), duration: TimeDuration(units: 11)))
        let entries = try [now - 11, now - 10, now, now + 1].map { time in try fixture.entry(1) { $0.time = time } }
        let outcome = try await fixture.aggregate(entries)
        #expect(outcome.outcomes[0] == .reject(.taskNotStarted))
        #expect(outcome.outcomes[3] == .reject(.taskExpired))
        #expect(outcome.shares.count == 2)
    }
}
