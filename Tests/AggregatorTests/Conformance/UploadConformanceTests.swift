import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Leader and an `UploadRequest` (DAP §4.4.2.2), of a batch task.
@Suite struct UploadConformanceTests {
    @Test func malformedUploadsAreInvalidMessages() async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let body = UploadRequest(reports: try bench.helper.reports([1, 2])).encoded()
        for malformed in [[1], Array(body.dropLast()), body + [0], Array(body.dropFirst())] {
            #expect(await problem { _ = try await bench.leader.upload(body: malformed) } == .invalidMessage)
        }
        #expect(try await bench.leader.upload(body: body) == nil)
    }

    /// However often it is sent, also at the same time and across a restart: each report counts once.
    @Test func uploadsAreIdempotent() async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let reports = try bench.helper.reports([1, 2, 4])
        let body = UploadRequest(reports: reports).encoded()
        let leader = bench.leader
        let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    guard let errors = try await leader.upload(body: body) else { return 3 }
                    let status = try UploadErrors(decoding: errors).status
                    #expect(status.allSatisfy { $0.error == .reportReplayed })
                    return 3 - status.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(accepted == 3)
        try await bench.restart()
        #expect(try await bench.upload(reports).map(\.error) == [.reportReplayed, .reportReplayed, .reportReplayed])
        let result = try await bench.collect(try bench.request())
        #expect(result.value == .number(7) && result.response.reportCount == 3)
    }

    @Test func aReportWithAKnownIDIsDiscarded() async throws {
        let bench = try LeaderBench(try BatchTask())
        let reports = try await bench.upload([1, 2])
        let id = reports[0].metadata.reportID
        #expect(try await bench.error(try bench.task.report(50, id: id, time: bench.now)) == .reportReplayed)
        // Twice in one request: the first is taken.
        let fresh = ReportID.random()
        let twice = [
            try bench.task.report(4, id: fresh, time: bench.now), try bench.task.report(60, id: fresh, time: bench.now),
        ]
        #expect(try await bench.upload(twice) == [ReportUploadStatus(id: fresh, error: .reportReplayed)])
        #expect(try await bench.collect(try bench.request()).value == .number(7))
        // Not even after its aggregation and collection.
        #expect(try await bench.error(try bench.task.report(1, id: id, time: bench.now - 50)) == .reportReplayed)
    }

    /// Every reason at once; those that are taken have no answer.
    @Test(arguments: [false, true])
    func refusalsAreInTheOrderOfTheRequest(_ isReversed: Bool) async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let known = try await bench.upload([1])[0]
        let extended = BatchTask.Changes(publicExtensions: [ReportExtension(type: 9, data: [])])
        let stray = BatchTask.Changes(ciphertext: { role, sealed in
            HpkeCiphertext(configID: role == .leader ? 77 : sealed.configID, enc: sealed.enc, payload: sealed.payload)
        })
        var reports: [(Report, ReportError?)] = [
            (try bench.task.report(1, time: bench.now), nil),
            (try bench.task.report(1, time: bench.now, changing: stray), .outdatedConfig),
            (known, .reportReplayed),
            (try bench.task.report(1, time: bench.now), nil),
            (try bench.task.report(1, time: bench.now + 100), .reportTooEarly),
            (try bench.task.report(1, time: bench.now, changing: extended), .invalidMessage),
        ]
        if isReversed { reports.reverse() }
        let expected = reports.compactMap { report, error in
            error.map { ReportUploadStatus(id: report.metadata.reportID, error: $0) }
        }
        #expect(try await bench.upload(reports.map(\.0)) == expected)
    }

    @Test func anUnknownKeyIsAnOutdatedConfiguration() async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let stray = BatchTask.Changes(ciphertext: { _, sealed in
            HpkeCiphertext(configID: 77, enc: sealed.enc, payload: sealed.payload)
        })
        #expect(
            try await bench.error(try bench.task.report(1, time: bench.now, changing: stray)) == .outdatedConfig)
    }

    @Test func reportsOfACollectedBatchAreDiscarded() async throws {
        let bench = try LeaderBench(try BatchTask())
        try await bench.upload([1, 2])
        let request = try bench.request()
        let first = try await bench.collect(request)
        for offset in [-5, 0, 4] {
            let late = try bench.task.report(9, time: UInt64(Int(bench.now) + offset))
            #expect(try await bench.error(late) == .batchCollected, "\(offset)")
        }
        #expect(try await bench.error(try bench.task.report(9, time: bench.now - 6)) == nil)
        #expect(try await bench.collect(request).response == first.response)
    }

    @Test func reportsOutsideOfTheTasksIntervalAreDropped() async throws {
        let now = TestClock().now / BatchTask.precision.seconds
        let interval = Interval(start: Time(units: now - 10), duration: TimeDuration(units: 11))
        let bench = try LeaderBench(try BatchTask(extensions: [.taskInterval(interval)]))
        // Beyond the end and far ahead of the clock: its time never comes, so it is not called early.
        for time in [now - 11, now + 1, 0, now + 100, .max] {
            #expect(try await bench.error(try bench.task.report(100, time: time)) == .reportDropped)
        }
        #expect(try await bench.error(try bench.task.report(1, time: now - 10)) == nil)
        #expect(try await bench.error(try bench.task.report(2, time: now)) == nil)
        let whole = Interval(start: Time(units: now - 20), duration: TimeDuration(units: 21))
        #expect(try await bench.collect(try bench.request(.timeInterval(whole))).value == .number(3))
    }

    @Test func reportsFarAheadAreTooEarly() async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let minutes = bench.settings.toleratedClockSkew / 60
        let early = try bench.task.report(1, time: bench.now + minutes + 1)
        #expect(try await bench.error(early) == .reportTooEarly)
        #expect(try await bench.error(try bench.task.report(1, time: .max)) == .reportTooEarly)
        #expect(try await bench.error(try bench.task.report(1, time: bench.now + minutes)) == nil)
        // It may be uploaded again when its time has come.
        bench.clock.advance(seconds: 60)
        #expect(try await bench.error(early) == nil)
    }

    /// Public ones show at upload, the Leader's private ones when its share is opened: no result has them.
    @Test func reportsWithUnknownExtensionsAreDiscarded() async throws {
        let bench = try LeaderBench(try BatchTask())
        let list = [ReportExtension(type: 23, data: [1])]
        typealias Changes = BatchTask.Changes
        let open = try bench.task.report(100, time: bench.now, changing: Changes(publicExtensions: list))
        #expect(try await bench.error(open) == .invalidMessage)
        let closed = try bench.task.report(100, time: bench.now, changing: Changes(privateExtensions: [.leader: list]))
        _ = try await bench.upload([closed])
        try await bench.upload([1, 2])
        #expect(try await bench.collect(try bench.request()).value == .number(3))
        #expect(try await bench.counts()[.invalidMessage] == 2)
        // The Helper never saw it.
        for body in bench.peer.sent(.create) {
            let request = try AggregationJobInitReq(decoding: body)
            #expect(!request.verifyInits.contains { $0.reportShare.metadata.reportID == closed.metadata.reportID })
        }
    }

    @Test func oneExtensionTypeTwiceIsDiscarded() async throws {
        let bench = try LeaderBench(try BatchTask())
        let list = [ReportExtension(type: 5, data: [])]
        typealias Changes = BatchTask.Changes
        for changes in [
            Changes(publicExtensions: list, privateExtensions: [.leader: list]),
            Changes(publicExtensions: list + list), Changes(privateExtensions: [.leader: list + list]),
        ] {
            _ = try await bench.upload([try bench.task.report(100, time: bench.now, changing: changes)])
        }
        try await bench.upload([1, 2])
        #expect(try await bench.collect(try bench.request()).value == .number(3))
        #expect(try await bench.counts()[.invalidMessage] == 3)
    }
}
