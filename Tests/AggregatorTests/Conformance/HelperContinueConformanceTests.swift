import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Helper and an `AggregationJobContinueReq` (DAP §4.5.4.2, §4.5.4.4), with Poplar1, which has two rounds.
@Suite struct HelperContinueConformanceTests {
    private struct Begun {
        let bench: HelperBench
        let job: HelperBench.Job
        let id: AggregationJobID
        let request: AggregationJobContinueReq

        func refused(_ body: [UInt8], _ id: AggregationJobID? = nil) async -> ProblemType? {
            await problem {
                _ = try await bench.helper.postAggregationJob(
                    id: id ?? self.id, mediaType: .aggregationJobContinueReq, body: body)
            }
        }

        func refused(_ continues: [VerifyContinue], step: UInt16 = 1) async -> ProblemType? {
            await refused(AggregationJobContinueReq(step: step, verifyContinues: continues).encoded())
        }
    }

    /// A job of five reports, the second of which the Helper has rejected.
    private func begun() async throws -> Begun {
        let bench = try HelperBench(try BatchTask.poplar1())
        var reports = try bench.reports([1, 2, 3, 4, 5])
        reports[1] = try bench.task.report(
            2, time: bench.now, changing: BatchTask.Changes(inputShare: { if $0 == .helper { $1.removeLast() } }))
        let job = try await bench.create(try bench.job(reports))
        #expect(job.errors == [nil, .invalidMessage, nil, nil, nil])
        return Begun(
            bench: bench, job: job, id: try #require(job.id), request: try bench.continuation(of: job))
    }

    @Test func unknownJobsAreUnrecognized() async throws {
        let begun = try await begun()
        #expect(await begun.refused(begun.request.encoded(), .random()) == .unrecognizedAggregationJob)
        #expect(
            await problem { _ = try await begun.bench.helper.aggregationJob(id: .random(), step: 0) }
                == .unrecognizedAggregationJob)
        try await begun.bench.helper.deleteAggregationJob(id: begun.id)
        #expect(await begun.refused(begun.request.encoded()) == .unrecognizedAggregationJob)
    }

    @Test func malformedRequestsAreInvalidMessages() async throws {
        let begun = try await begun()
        let body = begun.request.encoded()
        for malformed in [[], [0], Array(body.dropLast()), body + [0]] {
            #expect(await begun.refused(malformed) == .invalidMessage)
        }
        _ = try await begun.bench.post(begun.id, begun.request)
    }

    @Test func stepZeroIsAnInvalidMessage() async throws {
        let begun = try await begun()
        #expect(await begun.refused(begun.request.verifyContinues, step: 0) == .invalidMessage)
        _ = try await begun.bench.post(begun.id, begun.request)
        #expect(await begun.refused(begun.request.verifyContinues, step: 0) == .invalidMessage)
    }

    @Test func reportsMustBeTheJobsAndDistinct() async throws {
        let begun = try await begun()
        let all = begun.request.verifyContinues
        #expect(all.count == 4)
        let stranger = VerifyContinue(reportID: .random(), payload: all[0].payload)
        let rejected = VerifyContinue(reportID: begun.job.ids[1], payload: all[0].payload)
        for wrong in [all + [all[3]], [all[0], all[0]], all + [stranger], [stranger], [all[0], rejected]] {
            #expect(await begun.refused(wrong) == .invalidMessage)
        }
        // Also out of order, which the draft leaves open.
        #expect(await begun.refused(all.reversed()) == .invalidMessage)
        _ = try await begun.bench.post(begun.id, begun.request)
    }

    @Test func anotherStepIsAMismatch() async throws {
        let begun = try await begun()
        for step: UInt16 in [2, 3, .max] {
            #expect(await begun.refused(begun.request.verifyContinues, step: step) == .stepMismatch)
        }
        _ = try await begun.bench.post(begun.id, begun.request)
        for step: UInt16 in [2, .max] {
            #expect(await begun.refused(begun.request.verifyContinues, step: step) == .stepMismatch)
        }
    }

    /// Whose answer got lost: the Helper remembers, also after a restart, and does nothing again.
    @Test func aRepeatedStepGetsTheSameAnswer() async throws {
        let begun = try await begun()
        try begun.bench.restart()
        let answer = try await begun.bench.post(begun.id, begun.request)
        for _ in 0..<2 {
            #expect(try await begun.bench.post(begun.id, begun.request) == answer)
            try begun.bench.restart()
        }
        let asked = try await begun.bench.helper.aggregationJob(id: begun.id, step: 1)
        #expect(asked.state == .ready(body: answer.encoded(), mediaType: .aggregationJobResp))
        let four = begun.request.verifyContinues.map(\.reportID)
        _ = try await begun.bench.share(try begun.bench.shareRequest(four))
    }

    /// A step cannot be taken in two ways.
    @Test func aRepeatedStepWithOtherBytesIsRefused() async throws {
        let begun = try await begun()
        let all = begun.request.verifyContinues
        _ = try await begun.bench.post(begun.id, begun.request)
        let changed = VerifyContinue(reportID: all[0].reportID, payload: all[0].payload + [0])
        for other in [Array(all.dropLast()), [changed] + all.dropFirst()] {
            #expect(await begun.refused(other) == .stepMismatch)
        }
        // A continuation of nothing is none, whatever the step.
        #expect(await begun.refused([VerifyContinue]()) == .invalidMessage)
        // Nothing changed by it.
        let request = try begun.bench.shareRequest(all.map(\.reportID))
        _ = try await begun.bench.share(request)
    }

    @Test func answersAreInTheOrderOfTheRequest() async throws {
        let begun = try await begun()
        var continues = begun.request.verifyContinues
        continues[2] = VerifyContinue(reportID: continues[2].reportID, payload: [9, 9])
        let answer = try await begun.bench.post(
            begun.id, AggregationJobContinueReq(step: 1, verifyContinues: continues))
        #expect(answer.verifyResps.map(\.reportID) == continues.map(\.reportID))
        #expect(
            answer.verifyResps.map(\.outcome) == [.finish, .finish, .reject(.vdafVerifyError), .finish])
    }

    /// A report that the Leader leaves out was rejected by it, and is not committed.
    @Test func missingReportsAreLeftOut() async throws {
        let begun = try await begun()
        let kept = Array(begun.request.verifyContinues.dropFirst(2))
        let answer = try await begun.bench.post(begun.id, AggregationJobContinueReq(step: 1, verifyContinues: kept))
        #expect(answer.verifyResps.map(\.outcome) == [.finish, .finish])
        let all = try begun.bench.shareRequest(begun.request.verifyContinues.map(\.reportID))
        #expect(await problem { _ = try await begun.bench.share(all) } == .batchMismatch)
        _ = try await begun.bench.share(try begun.bench.shareRequest(kept.map(\.reportID)))
    }
}
