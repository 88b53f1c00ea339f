import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Helper and an `AggregateShareReq` (DAP §4.6.4).
@Suite struct AggregateShareConformanceTests {
    private static let modes = [BatchMode.timeInterval, .leaderSelected]

    private func refused(_ bench: HelperBench, _ request: AggregateShareReq) async -> ProblemType? {
        await problem { _ = try await bench.share(request) }
    }

    private func bench(_ mode: BatchMode, minBatchSize: UInt64 = 2) throws -> (HelperBench, BatchID?) {
        let task = try BatchTask(.prio3Sum(maxMeasurement: 100), mode, minBatchSize: minBatchSize)
        return (try HelperBench(task), mode == .leaderSelected ? .random() : nil)
    }

    /// The share is the sum of the reports' shares: with the Leader's it makes the result.
    @Test(arguments: modes)
    func theShareIsTheBatchsSum(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        let more = try await bench.aggregate([30, 9], batch: batch)
        let request = try bench.shareRequest(job.ids + more.ids, batch: batch)
        let helperShare = try bench.open(try await bench.share(request), request)
        var leaderShare = try bench.task.vdaf.emptyAggregateShare(aggregationParameter: [])
        for job in [job, more] {
            for response in job.response.verifyResps {
                guard case .continue(let payload) = response.outcome else { continue }
                let state = try bench.task.vdaf.pingPongContinued(
                    aggregationParameter: [], state: try #require(job.states[response.reportID]),
                    inbound: try PingPongMessage(decoding: payload))
                guard case .finished(let share) = state else { continue }
                leaderShare = try bench.task.vdaf.merge(leaderShare, share, aggregationParameter: [])
            }
        }
        let result = try bench.task.vdaf.unshard(
            aggregationParameter: [], aggregateShares: [leaderShare, helperShare], count: 4)
        #expect(result == .number(42))
    }

    @Test(arguments: modes)
    func anotherBatchModeIsAnInvalidMessage(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        // Query and selector of the other mode; then one of the two.
        let other = try bench.shareRequest(job.ids, batch: batch == nil ? .random() : nil)
        let own = try bench.shareRequest(job.ids, batch: batch)
        func request(_ query: AggregateShareReq, _ selector: AggregateShareReq) -> AggregateShareReq {
            AggregateShareReq(
                collectionJobReq: query.collectionJobReq, batchSelector: selector.batchSelector, reportCount: 2,
                checksum: own.checksum)
        }
        for wrong in [other, request(own, other), request(other, own)] {
            #expect(await refused(bench, wrong) == .invalidMessage)
        }
        _ = try await bench.share(own)
    }

    @Test func malformedRequestsAreInvalidMessages() async throws {
        let (bench, _) = try bench(.timeInterval)
        let job = try await bench.aggregate([1, 2])
        let body = try bench.shareRequest(job.ids).encoded()
        for malformed in [[], [3], Array(body.dropLast()), body + [0]] {
            #expect(
                await problem {
                    _ = try await bench.helper.createAggregateShare(mediaType: .aggregateShareReq, body: malformed)
                } == .invalidMessage)
        }
    }

    @Test func selectorsThatNameNoBucketsAreInvalidBatches() async throws {
        let (bench, _) = try bench(.timeInterval)
        let job = try await bench.aggregate([1, 2])
        let honest = try bench.shareRequest(job.ids)
        func selecting(_ start: UInt64, _ duration: UInt64) -> AggregateShareReq {
            let interval = Interval(start: Time(units: start), duration: TimeDuration(units: duration))
            return AggregateShareReq(
                collectionJobReq: honest.collectionJobReq, batchSelector: .timeInterval(interval), reportCount: 2,
                checksum: honest.checksum)
        }
        // Without length; beyond the end of time; outside of the query on either side.
        for wrong in [
            selecting(bench.now, 0), selecting(bench.now, .max), selecting(bench.now - 6, 8),
            selecting(bench.now, 6), selecting(bench.now + 100, 1),
        ] {
            #expect(await refused(bench, wrong) == .batchInvalid)
        }
        // Within the query: the Leader may select less than was asked for.
        _ = try await bench.share(selecting(bench.now - 1, 3))
    }

    @Test func anUnknownBatchIsInvalid() async throws {
        let (bench, batch) = try bench(.leaderSelected)
        let job = try await bench.aggregate([1, 2], batch: batch)
        #expect(await refused(bench, try bench.shareRequest(job.ids, batch: .random())) == .batchInvalid)
    }

    @Test(arguments: modes)
    func collectedBucketsOverlap(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        _ = try await bench.share(try bench.shareRequest(job.ids, batch: batch))
        var others = [try bench.shareRequest(job.ids + [.random()], batch: batch)]
        if batch == nil {
            for (start, length) in [(-6, UInt64(2)), (4, 1), (0, 1), (-100, 105)] {
                others.append(try bench.shareRequest(job.ids, interval: bench.interval(from: start, length: length)))
            }
        }
        for other in others { #expect(await refused(bench, other) == .batchOverlap) }
        try bench.restart()
        for other in others { #expect(await refused(bench, other) == .batchOverlap) }
    }

    @Test(arguments: modes)
    func tooFewReportsAreRefused(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode, minBatchSize: 5)
        let job = try await bench.aggregate([1, 2, 3, 4], batch: batch)
        #expect(await refused(bench, try bench.shareRequest(job.ids, batch: batch)) == .invalidBatchSize)
        // It may grow.
        let more = try await bench.aggregate([5], batch: batch)
        #expect(more.errors == [nil])
        _ = try await bench.share(try bench.shareRequest(job.ids + more.ids, batch: batch))
    }

    @Test func anEmptyIntervalHasTooFewReports() async throws {
        let (bench, _) = try bench(.timeInterval, minBatchSize: 1)
        #expect(await refused(bench, try bench.shareRequest([])) == .invalidBatchSize)
    }

    /// The parameter of the request is the one of the aggregation jobs.
    @Test func anotherParameterIsAnInvalidMessage() async throws {
        let bench = try HelperBench(try BatchTask.poplar1())
        let job = try await bench.aggregate([1, 2])
        #expect(job.outcomes == [.finish, .finish])
        for parameter in [try bench.task.parameter(level: 1), []] {
            #expect(await refused(bench, try bench.shareRequest(job.ids, parameter: parameter)) == .invalidMessage)
        }
        _ = try await bench.share(try bench.shareRequest(job.ids))
    }

    @Test(arguments: [[2], [1, 9], [9, 1], [5, 5], [WalkCodePoints.provisional.collectionJob]] as [[UInt16]])
    func collectionExtensionsAreCheckedHereToo(_ types: [UInt16]) async throws {
        let (bench, _) = try bench(.timeInterval)
        let job = try await bench.aggregate([1, 2])
        let extensions = types.map { CollectionJobExtension(type: $0, data: []) }
        let request = try bench.shareRequest(job.ids, extensions: extensions)
        #expect(await refusal { _ = try await bench.share(request) } == .unsupportedExtensions(types))
        _ = try await bench.share(try bench.shareRequest(job.ids))
    }

    @Test(arguments: modes)
    func anotherCountOrChecksumIsAMismatch(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2, 3], batch: batch)
        let honest = try bench.shareRequest(job.ids, batch: batch)
        func request(count: UInt64, checksum: BatchChecksum) -> AggregateShareReq {
            AggregateShareReq(
                collectionJobReq: honest.collectionJobReq, batchSelector: honest.batchSelector, reportCount: count,
                checksum: checksum)
        }
        for wrong in [
            request(count: 2, checksum: honest.checksum), request(count: 4, checksum: honest.checksum),
            request(count: 3, checksum: BatchChecksum()), request(count: .max, checksum: honest.checksum),
        ] {
            #expect(await refused(bench, wrong) == .batchMismatch)
        }
        // The batch is not collected by it.
        _ = try await bench.share(honest)
    }

    /// The same bytes get the same sealed share, also after a restart.
    @Test(arguments: modes)
    func repeatedRequestsGetTheSameShare(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        let request = try bench.shareRequest(job.ids, batch: batch)
        let answer = try await bench.share(request)
        for _ in 0..<2 {
            #expect(try await bench.share(request) == answer)
            #expect(try await bench.helper.aggregateShare(id: answer.id) == answer)
            try bench.restart()
        }
    }
}
