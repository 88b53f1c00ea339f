import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What the Helper commits to batch buckets, and what it never does (DAP §4.5.4.3, §4.5.5, §4.6.4, §4.6.5).
@Suite struct BatchBucketConformanceTests {
    private static let modes = [BatchMode.timeInterval, .leaderSelected]

    private func bench(_ mode: BatchMode) throws -> (HelperBench, BatchID?) {
        let bench = try HelperBench(try BatchTask(.prio3Sum(maxMeasurement: 100), mode))
        return (bench, mode == .leaderSelected ? .random() : nil)
    }

    @Test(arguments: modes)
    func aReportIsAggregatedOnce(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let reports = try bench.reports([1, 2, 3])
        let first = try await bench.aggregate(Array(reports.prefix(2)), batch: batch)
        #expect(first.errors == [nil, nil])
        try bench.restart()
        let second = try await bench.aggregate(reports, batch: batch)
        #expect(second.errors == [.reportReplayed, .reportReplayed, nil])
        if batch != nil {
            let elsewhere = try await bench.aggregate(reports, batch: .random())
            #expect(elsewhere.errors == [.reportReplayed, .reportReplayed, .reportReplayed])
        }
        let ids = reports.map(\.metadata.reportID)
        _ = try await bench.share(try bench.shareRequest(ids, batch: batch))
    }

    /// A report's ID decides, not its bytes or its time.
    @Test func anotherReportWithAKnownIDIsAReplay() async throws {
        let (bench, _) = try bench(.timeInterval)
        let report = try bench.task.report(1, time: bench.now)
        try await bench.aggregate([report])
        let other = try bench.task.report(2, id: report.metadata.reportID, time: bench.now - 100)
        #expect(try await bench.aggregate([other]).errors == [.reportReplayed])
    }

    @Test func ofTwoJobsAtOnceOneGetsTheReport() async throws {
        let (bench, _) = try bench(.timeInterval)
        let report = try bench.task.report(1, time: bench.now)
        let bodies = try (2..<10).map { try bench.job([report] + bench.reports([$0])).request.encoded() }
        let helper = bench.helper
        let rejected = try await withThrowingTaskGroup(of: Int.self) { group in
            for body in bodies {
                group.addTask {
                    let answer = try await helper.createAggregationJob(body: body)
                    guard case .ready(let bytes, _) = answer.state else { return 0 }
                    return try AggregationJobResp(decoding: bytes).verifyResps
                        .count { $0.outcome == .reject(.reportReplayed) }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(rejected == bodies.count - 1)
    }

    @Test(arguments: modes)
    func aCollectedBatchTakesNothing(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        _ = try await bench.share(try bench.shareRequest(job.ids, batch: batch))
        #expect(try await bench.aggregate([3, 4], batch: batch).errors == [.batchCollected, .batchCollected])
        try bench.restart()
        #expect(try await bench.aggregate([5], batch: batch).errors == [.batchCollected])
        guard batch == nil else {
            #expect(try await bench.aggregate([6], batch: .random()).errors == [nil])
            return
        }
        // Every bucket of the interval is closed, those without a report too, and none beyond.
        for offset in [-5, 0, 4] {
            let time = UInt64(Int(bench.now) + offset)
            #expect(try await bench.aggregate([7], time: time).errors == [.batchCollected], "\(offset)")
        }
        #expect(try await bench.aggregate([8], time: bench.now - 6).errors == [nil])
        #expect(try await bench.aggregate([9], time: bench.now + 5).errors == [nil])
    }

    /// A batch that is collected between two rounds takes nothing of the second.
    @Test func aBatchMayBeCollectedBetweenTwoRounds() async throws {
        let bench = try HelperBench(try BatchTask.poplar1())
        let waiting = try await bench.create(try bench.job(try bench.reports([1, 2])))
        let done = try await bench.aggregate([3, 4])
        #expect(done.outcomes == [.finish, .finish])
        _ = try await bench.share(try bench.shareRequest(done.ids))
        let answer = try await bench.post(try #require(waiting.id), try bench.continuation(of: waiting))
        #expect(answer.verifyResps.map(\.outcome) == [.reject(.batchCollected), .reject(.batchCollected)])
    }

    /// Reports of one job go into the buckets of their times.
    @Test func reportsGoIntoTheBucketsOfTheirTimes() async throws {
        let (bench, _) = try bench(.timeInterval)
        let early = try bench.reports([1, 2], time: bench.now - 3)
        let late = try bench.reports([3, 4, 5])
        try await bench.aggregate(early + late)
        let first = bench.interval(from: -3, length: 3)
        let request = try bench.shareRequest(early.map(\.metadata.reportID), interval: first)
        _ = try await bench.share(request)
        let second = bench.interval(from: 0, length: 1)
        _ = try await bench.share(try bench.shareRequest(late.map(\.metadata.reportID), interval: second))
    }

    // MARK: Deletion

    @Test(arguments: modes)
    func aDeletedJobIsNotForgotten(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        let id = try #require(job.id)
        try await bench.helper.deleteAggregationJob(id: id)
        try bench.restart()
        let again = try await bench.aggregate(job.reports + (try bench.reports([3])), batch: batch)
        #expect(again.errors == [.reportReplayed, .reportReplayed, nil])
        // What was committed stays committed.
        _ = try await bench.share(try bench.shareRequest(job.ids + [again.ids[2]], batch: batch))
        #expect(
            await problem { _ = try await bench.helper.aggregationJob(id: id, step: 0) }
                == .unrecognizedAggregationJob)
    }

    @Test(arguments: modes)
    func aDeletedShareIsNotForgotten(_ mode: BatchMode) async throws {
        let (bench, batch) = try bench(mode)
        let job = try await bench.aggregate([1, 2], batch: batch)
        let request = try bench.shareRequest(job.ids, batch: batch)
        let answer = try await bench.share(request)
        try await bench.helper.deleteAggregateShare(id: answer.id)
        try bench.restart()
        #expect(await refusal { _ = try await bench.helper.aggregateShare(id: answer.id) } == .notFound)
        #expect(try await bench.aggregate([3], batch: batch).errors == [.batchCollected])
        let replayed = try await bench.aggregate(job.reports + (try bench.reports([4])), batch: batch)
        #expect(replayed.errors.allSatisfy { $0 == .reportReplayed || $0 == .batchCollected })
        #expect(await problem { _ = try await bench.share(request) } == .batchOverlap)
        let other = try bench.shareRequest(
            job.ids, batch: batch, interval: bench.interval(from: -1, length: 3))
        #expect(await problem { _ = try await bench.share(other) } == .batchOverlap)
    }
}
