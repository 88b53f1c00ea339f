import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Leader's aggregation jobs (DAP §4.5.3.1, §4.5.4.1, §4.5.4.4, §4.5.5).
@Suite struct LeaderJobConformanceTests {
    /// How an answer can be wrong: other reports, another order, another type.
    enum Tampering: String, CaseIterable, Sendable {
        case order, missing, additional, stranger, type, garbage

        func callAsFunction(_ bytes: [UInt8]) throws -> [UInt8] {
            var all = try AggregationJobResp(decoding: bytes).verifyResps
            switch self {
            case .order: all.reverse()
            case .missing: all.removeLast()
            case .additional: all.append(VerifyResp(reportID: .random(), outcome: .finish))
            case .stranger: all[0] = VerifyResp(reportID: .random(), outcome: all[0].outcome)
            case .type:
                all = all.map { response in
                    let other: VerifyResp.Outcome =
                        response.outcome == .finish ? .continue(payload: [1]) : .finish
                    return VerifyResp(reportID: response.reportID, outcome: other)
                }
            case .garbage: return [1, 2, 3]
            }
            return AggregationJobResp(verifyResps: all).encoded()
        }
    }

    private func committed(_ bench: LeaderBench) async throws -> UInt64 {
        let keys = try #require(BatchSelector.timeInterval(bench.helper.interval()).buckets)
        return try await bench.store.read("test") { try $0.countCommitted(keys) }
    }

    /// The Leader gives the job up, commits nothing of it and tells the Helper.
    @Test(arguments: Tampering.allCases)
    func aWrongAnswerEndsTheJob(_ tampering: Tampering) async throws {
        let bench = try LeaderBench(try BatchTask(minBatchSize: 3))
        bench.peer.set { hooks in
            hooks.onAnswer = { call, body in
                if call == .create, let wrong = try? tampering(body) { body = wrong }
            }
        }
        try await bench.upload([1, 2, 3])
        #expect(try await bench.eventually { !bench.peer.sent(.delete).isEmpty })
        #expect(try await committed(bench) == 0)
    }

    @Test(arguments: Tampering.allCases)
    func aWrongAnswerToAContinuationEndsTheJob(_ tampering: Tampering) async throws {
        let bench = try LeaderBench(try BatchTask.poplar1())
        bench.peer.set { hooks in
            hooks.onAnswer = { call, body in
                if call == .post, let wrong = try? tampering(body) { body = wrong }
            }
        }
        try await bench.upload([1, 2, 3])
        _ = try await bench.create(try bench.request())
        #expect(try await bench.eventually { !bench.peer.sent(.delete).isEmpty })
        #expect(try await committed(bench) == 0)
    }

    /// An abandoned job's reports were not aggregated: Prio3's get into another job and into the result.
    @Test func reportsOfAnAbandonedJobMayBeAggregated() async throws {
        let bench = try LeaderBench(try BatchTask(minBatchSize: 3))
        // The Helper refuses the first job before it does anything with it.
        bench.peer.set { [peer = bench.peer] hooks in
            hooks.onRequest = { call, _ throws(PeerError) in
                if call == .create, peer.sent(.create).count == 1 {
                    throw .problem(ProblemDocument(type: .invalidMessage), status: 400)
                }
            }
        }
        try await bench.upload([1, 2, 3])
        let result = try await bench.collect(try bench.request())
        #expect(result.value == .number(6) && result.response.reportCount == 3)
        #expect(bench.peer.sent(.create).count > 1)
    }

    @Test func rejectedReportsEnterNoOtherJob() async throws {
        let bench = try LeaderBench(try BatchTask())
        let forged = try bench.task.report(
            50, time: bench.now, changing: BatchTask.Changes(inputShare: { if $0 == .helper { $1[0] ^= 1 } }))
        let id = forged.metadata.reportID
        _ = try await bench.upload([forged])
        try await bench.upload([1, 2])
        #expect(try await bench.eventually { !bench.peer.sent(.create).isEmpty })
        try await bench.upload([3, 4])
        #expect(try await bench.collect(try bench.request()).value == .number(10))
        let named = try bench.peer.sent(.create).map { try AggregationJobInitReq(decoding: $0) }
            .flatMap(\.verifyInits).count { $0.reportShare.metadata.reportID == id }
        #expect(named == 1)
        #expect(try await bench.counts()[.vdafVerifyError] == 1)
    }

    /// What is repeated is the same to the byte, also after a restart.
    @Test(arguments: [RelayPeer.Call.create, .post, .share])
    func repeatedRequestsHaveTheSameBytes(_ call: RelayPeer.Call) async throws {
        let bench = try LeaderBench(try BatchTask.poplar1())
        bench.peer.set { [peer = bench.peer] hooks in
            hooks.onRequest = { asked, _ throws(PeerError) in
                if asked == call, peer.sent(call).count == 1 { throw RelayPeer.lost }
            }
            hooks.onAnswer = { asked, _ throws(PeerError) in
                if asked == call, peer.sent(call).count < 4 { throw RelayPeer.lost }
            }
        }
        try await bench.upload([1, 1, 2])
        let request = try bench.request()
        let id = try await bench.create(request)
        #expect(try await bench.eventually { bench.peer.sent(call).count >= 2 })
        try await bench.restart()
        let result = try bench.open(try await bench.ready(id), request)
        #expect(result.response.reportCount == 3)
        #expect(bench.peer.sent(call).count >= 4)
        #expect(Set(bench.peer.sent(call)).count == 1)
    }

    /// In the order of the init request, without what the Helper has rejected.
    @Test func continuationsKeepTheOrder() async throws {
        let bench = try LeaderBench(try BatchTask.poplar1())
        var reports = try bench.helper.reports([1, 2, 3, 4, 5, 6])
        for place in [1, 4] {
            reports[place] = try bench.task.report(
                2, time: bench.now, changing: BatchTask.Changes(inputShare: { if $0 == .helper { $1.removeLast() } }))
        }
        #expect(try await bench.upload(reports).isEmpty)
        let result = try await bench.collect(try bench.request())
        #expect(result.response.reportCount == 4)
        let request = try AggregationJobInitReq(decoding: try #require(bench.peer.sent(.create).first))
        let next = try AggregationJobContinueReq(decoding: try #require(bench.peer.sent(.post).first))
        let rejected = Set([1, 4].map { reports[$0].metadata.reportID })
        #expect(next.step == 1)
        #expect(
            next.verifyContinues.map(\.reportID)
                == request.verifyInits.map(\.reportShare.metadata.reportID).filter { !rejected.contains($0) })
    }

    @Test(arguments: [BatchMode.timeInterval, .leaderSelected])
    func jobsCarryTheExtensionsOfTheirMode(_ mode: BatchMode) async throws {
        let bench = try LeaderBench(try BatchTask(.prio3Count, mode))
        try await bench.upload([1, 0, 1])
        #expect(try await bench.collect(try bench.request()).value == .number(2))
        for body in bench.peer.sent(.create) {
            let request = try AggregationJobInitReq(decoding: body)
            #expect(request.extensions.isStrictlyIncreasing)
            #expect(request.extensions.map(\.type) == (mode == .leaderSelected ? [1] : []))
            #expect(request.verificationKeyID == 7 && request.aggregationParameter.isEmpty)
        }
    }

    /// Of a bucket that was collected nothing enters a job, though it was uploaded in time.
    @Test func onlyWhatCanBeCommittedEntersAJob() async throws {
        let bench = try LeaderBench(try BatchTask(), starting: false)
        let late = try await bench.upload([1, 2], time: bench.now - 3)
        let fine = try await bench.upload([3, 4])
        let keys = try #require(BatchSelector.timeInterval(bench.helper.interval(from: -3, length: 1)).buckets)
        try await bench.store.write("test") { try $0.markCollected(keys) }
        bench.start()
        let query = Query.timeInterval(bench.helper.interval(from: 0, length: 1))
        #expect(try await bench.collect(try bench.request(query)).value == .number(7))
        // They are found and counted when the next job is planned.
        let more = try await bench.upload([5, 6], time: bench.now + 1)
        #expect(try await bench.eventually { try await bench.counts()[.batchCollected] == 2 })
        let next = Query.timeInterval(bench.helper.interval(from: 1, length: 1))
        #expect(try await bench.collect(try bench.request(next)).value == .number(11))
        let named = try bench.peer.sent(.create).map { try AggregationJobInitReq(decoding: $0) }
            .flatMap(\.verifyInits).map(\.reportShare.metadata.reportID)
        #expect(Set(named) == Set((fine + more).map(\.metadata.reportID)))
        #expect(Set(named).isDisjoint(with: late.map(\.metadata.reportID)))
    }

    /// A report is in one job only, however many there are.
    @Test func aReportIsInOneJob() async throws {
        let bench = try LeaderBench(try BatchTask())
        for value in 0..<6 { try await bench.upload([value, value]) }
        #expect(try await bench.collect(try bench.request()).value == .number(30))
        let named = try bench.peer.sent(.create).map { try AggregationJobInitReq(decoding: $0) }
            .flatMap(\.verifyInits).map(\.reportShare.metadata.reportID)
        #expect(named.count == 12 && Set(named).count == 12)
    }
}
