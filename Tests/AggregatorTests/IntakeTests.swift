import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Testing

/// A shard's shares are opened on all threads; what comes of it depends on nothing but the reports and the keys.
@Suite struct IntakeTests {
    /// What a walk's first step leaves behind.
    private struct Outcome {
        let counts: [Int]
        let reportCount: UInt64
        /// Init requests, in the order of their bytes.
        let requests: [[UInt8]]
        /// The segments of each role, in the order of their bytes: jobs have their rows in the order in which they came.
        let segments: [[[UInt8]]]
        let refused: [Set<ReportCount>]
    }

    /// Honest reports, and every few of them one that does not open, or whose share is cut, at the Leader or at the Helper.
    private func reports(_ count: Int, for task: TestTask) throws -> [Report] {
        let factory = ReportFactory(task: task, time: TestClock().now)
        let other = try TestTask()
        return try (0..<count).map { index in
            if index % 7 == 3 { return try factory.report(index, sealedFor: other) }
            if index % 11 == 5 { return try factory.report(index, truncating: [.leader]) }
            if index % 13 == 6 { return try factory.report(index, truncating: [.helper]) }
            return try factory.report(index)
        }
    }

    private func step0(
        _ task: TestTask, _ reports: [Report], _ walk: WalkID, threads: Int, pageBytes: Int
    ) async throws -> Outcome {
        let clock = TestClock()
        let simulation = try Simulation(
            task, shardReports: 100,
            machines: (
                .forTests(.forTests(threads: threads), clock: clock),
                .forTests(.forTests(threads: threads), clock: clock)
            ))
        simulation.settings.uploadPageBytes = pageBytes
        // The settings are those of the next start.
        try await simulation.restartLeader()
        try simulation.stopHelper()
        try simulation.startHelper()
        for start in stride(from: 0, to: reports.count, by: 50) {
            try await simulation.upload(Array(reports[start..<min(start + 50, reports.count)]))
        }
        // By time, so that no batch ID is drawn that the requests would have.
        let interval = Interval(start: Time(units: clock.now - 10), duration: TimeDuration(units: 20))
        let result = try await simulation.collect(walk, 0, try simulation.level3(), query: .timeInterval(interval))
        let segments = try [simulation.leaderStore, simulation.helperStore].map { store in
            let folder = store.segmentsDirectory
            return try FileManager.default.contentsOfDirectory(atPath: folder).map {
                Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
            }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        let requests = simulation.peer.sent.withLock { $0.filter { $0.call == .create }.map(\.body) }
        return Outcome(
            counts: result.counts, reportCount: result.reportCount,
            requests: requests.sorted { $0.lexicographicallyPrecedes($1) }, segments: segments,
            refused: [
                Set(try await simulation.leader.reportCounts()), Set(try await simulation.helper.reportCounts()),
            ])
    }

    /// One thread and one page; many threads and pages of few reports, whose ranges are cut by refusals.
    @Test func manyThreadsKeepOrderAndRefuseTheSameReports() async throws {
        let task = try TestTask(minBatchSize: 50, batchMode: .timeInterval)
        let reports = try reports(230, for: task)
        let walk = WalkID.random()
        let alone = try await step0(task, reports, walk, threads: 1, pageBytes: 4 << 20)
        let shards = alone.requests.count
        #expect(shards > 1 && alone.segments.map(\.count) == [shards, shards])
        #expect(alone.refused[0].contains { $0.error == .hpkeDecryptError && $0.count == 33 })
        #expect(alone.refused[0].contains { $0.error == .invalidMessage })
        #expect(alone.refused[1].contains { $0.error == .invalidMessage })
        for (threads, pageBytes) in [(2, 4 << 20), (8, 4 << 20), (8, 40 << 10), (3, 1)] {
            let many = try await step0(task, reports, walk, threads: threads, pageBytes: pageBytes)
            #expect(many.counts == alone.counts && many.reportCount == alone.reportCount)
            // The bytes themselves would be a long message.
            let (sameRequests, sameSegments) = (many.requests == alone.requests, many.segments == alone.segments)
            #expect(sameRequests && sameSegments, "\(threads) threads, \(pageBytes) bytes")
            #expect(many.refused == alone.refused)
        }
    }
}
