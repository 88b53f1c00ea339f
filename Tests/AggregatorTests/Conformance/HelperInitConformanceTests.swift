import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Helper and an `AggregationJobInitReq` (DAP §4.5.3.2, §4.5.1, §5.2.2).
@Suite struct HelperInitConformanceTests {
    private func refused(_ bench: HelperBench, _ body: [UInt8]) async -> AggregatorError? {
        await refusal { _ = try await bench.helper.createAggregationJob(body: body) }
    }

    private func type(_ error: AggregatorError?) -> ProblemType? {
        if case .problem(let type, _)? = error { type } else { nil }
    }

    @Test func malformedRequestsAreInvalidMessages() async throws {
        let bench = try HelperBench(try BatchTask())
        let body = try bench.job(try bench.reports([1, 2])).request.encoded()
        for malformed in [[], [1], Array(body.dropLast()), body + [0], Array(body.prefix(7))] {
            #expect(type(await refused(bench, malformed)) == .invalidMessage)
        }
        // The whole one is taken after all of that.
        let job = try await bench.create(try bench.job(try bench.reports([1, 2])))
        #expect(job.errors == [nil, nil])
    }

    @Test(arguments: [BatchMode.timeInterval, .leaderSelected])
    func unknownExtensionsAreUnsupported(_ mode: BatchMode) async throws {
        let bench = try HelperBench(try BatchTask(.prio3Count, mode))
        let known = mode == .leaderSelected ? [AggregationJobExtension.leaderSelectedBatchID(.random())] : []
        // The walk's extension is unknown to a task without walks, too.
        for types: [UInt16] in [[2], [9, 0xFFFF], [WalkCodePoints.provisional.aggregationJob]] {
            let unknown = types.map { AggregationJobExtension(type: $0, data: [1]) }
            let job = try bench.job(try bench.reports([1]), extensions: known + unknown)
            #expect(await refused(bench, job.request.encoded()) == .unsupportedExtensions(types))
        }
        if mode == .timeInterval {
            let job = try bench.job(try bench.reports([1]), extensions: [.leaderSelectedBatchID(.random())])
            #expect(await refused(bench, job.request.encoded()) == .unsupportedExtensions([1]))
        }
    }

    @Test func extensionsOutOfOrderAreInvalidMessages() async throws {
        let bench = try HelperBench(try BatchTask(.prio3Count, .leaderSelected))
        let batch = AggregationJobExtension.leaderSelectedBatchID(.random())
        let job = try bench.job(try bench.reports([1]), extensions: [batch, batch])
        #expect(type(await refused(bench, job.request.encoded())) == .invalidMessage)
    }

    @Test func aSelectedBatchIsDemanded() async throws {
        let bench = try HelperBench(try BatchTask(.prio3Count, .leaderSelected))
        let batch = BatchID.random()
        for data in [nil, [], Array(batch.bytes.dropLast()), batch.bytes + [0]] as [[UInt8]?] {
            let list = data.map { [AggregationJobExtension(type: 1, data: $0)] } ?? []
            let job = try bench.job(try bench.reports([1]), extensions: list)
            #expect(type(await refused(bench, job.request.encoded())) == .invalidMessage, "\(String(describing: data))")
        }
        #expect(try await bench.aggregate([1, 1], batch: batch).errors == [nil, nil])
    }

    @Test func invalidParametersAreRefused() async throws {
        let prio3 = try HelperBench(try BatchTask())
        let some = try prio3.job(try prio3.reports([1]), parameter: [0])
        #expect(type(await refused(prio3, some.request.encoded())) == .invalidAggregationParameter)

        let poplar1 = try HelperBench(try BatchTask.poplar1())
        let good = try poplar1.task.parameter(level: 1)
        let bad: [[UInt8]] = [
            [], [0], Array(good.dropLast()), good + [0],
            // Level 4 of four bits; the same prefix twice; descending.
            [0, 4, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 2, 0x40, 0x40], [0, 1, 0, 0, 0, 2, 0x80, 0x40],
            // A bit beyond the level.
            [0, 1, 0, 0, 0, 1, 0x20],
        ]
        for parameter in bad {
            let job = try poplar1.job(try poplar1.reports([1]), parameter: parameter)
            let error = await refused(poplar1, job.request.encoded())
            #expect(type(error) == .invalidAggregationParameter, "\(parameter)")
        }
        _ = try await poplar1.create(try poplar1.job(try poplar1.reports([1]), parameter: good))
    }

    @Test func aReportNamedTwiceIsAnInvalidMessage() async throws {
        let bench = try HelperBench(try BatchTask())
        let reports = try bench.reports([1, 2])
        let twice = try bench.job(reports + [reports[0]])
        #expect(type(await refused(bench, twice.request.encoded())) == .invalidMessage)
        // Nothing of it was bound.
        #expect(try await bench.aggregate(reports).errors == [nil, nil])
    }

    @Test func anUnknownVerificationKeyIsRefused() async throws {
        let bench = try HelperBench(try BatchTask())
        let honest = try bench.job(try bench.reports([1])).request
        let other = AggregationJobInitReq(
            verificationKeyID: 8, aggregationParameter: [], extensions: [], verifyInits: honest.verifyInits)
        #expect(type(await refused(bench, other.encoded())) == .invalidMessage)
        // Each of several keys serves.
        for key: UInt8 in [3, 7] {
            let job = try await bench.create(try bench.job(try bench.reports([1, 2]), keyID: key))
            #expect(job.errors == [nil, nil])
        }
    }

    /// In a draft that has it so, the job stands and each of its reports is rejected; none of them is bound.
    @Test func anUnknownVerificationKeyMayRejectEachReport() async throws {
        var task = try BatchTask()
        task.version = SpecVersion(
            tag: "dap-18", leastTaskInfo: 0, unknownVerificationKey: .rejectsReports(.outdatedConfig))
        let bench = try HelperBench(task)
        var job = try bench.job(try bench.reports([1, 2]))
        let honest = job
        job.request = AggregationJobInitReq(
            verificationKeyID: 8, aggregationParameter: [], extensions: [], verifyInits: honest.request.verifyInits)
        for _ in 0..<2 {
            #expect(try await bench.create(job).errors == [.outdatedConfig, .outdatedConfig])
            try bench.restart()
        }
        #expect(try await bench.create(honest).errors == [nil, nil])
    }

    /// Rejected ones keep their place.
    @Test func answersAreInTheOrderOfTheRequest() async throws {
        let bench = try HelperBench(try BatchTask())
        var reports = try bench.reports(Array(1...20))
        for place in [0, 7, 19] {
            let changes = BatchTask.Changes(inputShare: { $1.removeLast() })
            reports[place] = try bench.task.report(1, time: bench.now, changing: changes)
        }
        reports.shuffle()
        let job = try await bench.create(try bench.job(reports))
        #expect(job.response.verifyResps.map(\.reportID) == reports.map(\.metadata.reportID))
        #expect(job.errors.compactMap(\.self) == [.invalidMessage, .invalidMessage, .invalidMessage])
    }

    /// The same bytes name the same job: nothing is counted twice, also across a restart.
    @Test(arguments: [BatchMode.timeInterval, .leaderSelected])
    func repeatedRequestsGetTheSameJob(_ mode: BatchMode) async throws {
        let bench = try HelperBench(try BatchTask(.prio3Sum(maxMeasurement: 100), mode))
        let batch = mode == .leaderSelected ? BatchID.random() : nil
        let job = try await bench.create(try bench.job(try bench.reports([1, 2, 3]), batch: batch))
        for _ in 0..<2 {
            let again = try await bench.create(job)
            #expect(again.id == job.id && again.response == job.response)
            try bench.restart()
        }
        let other = try await bench.create(try bench.job(try bench.reports([4]), batch: batch))
        #expect(other.id != job.id)
        // Four reports, not ten.
        let request = try bench.shareRequest(job.ids + other.ids, batch: batch)
        #expect(try bench.open(try await bench.share(request), request).count == 8)
    }

    @Test func concurrentCopiesOfARequestAreOneJob() async throws {
        let bench = try HelperBench(try BatchTask())
        let body = try bench.job(try bench.reports([1, 2])).request.encoded()
        let helper = bench.helper
        let answers = try await withThrowingTaskGroup(of: AggregationJobAnswer.self) { group in
            for _ in 0..<8 { group.addTask { try await helper.createAggregationJob(body: body) } }
            var answers: Set<AggregationJobAnswer> = []
            for try await answer in group { answers.insert(answer) }
            return answers
        }
        #expect(answers.count == 1)
    }

    /// A job that went on is not begun again: the init request gets the job's present state.
    @Test func aContinuedJobIsNotRewound() async throws {
        let bench = try HelperBench(try BatchTask.poplar1())
        let job = try await bench.create(try bench.job(try bench.reports([1, 2, 3])))
        let id = try #require(job.id)
        let request = try bench.continuation(of: job)
        let done = try await bench.post(id, request)
        #expect(done.verifyResps.map(\.outcome) == [.finish, .finish, .finish])
        for _ in 0..<2 {
            let again = try await bench.create(job)
            #expect(again.id == id && again.response == done)
            try bench.restart()
        }
        // Committed once.
        let share = try bench.shareRequest(job.ids)
        _ = try await bench.share(share)
    }
}
