import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// A shard's verdict, sent once it is durable here and again after a restart: the Helper commits the step.
extension WalkLeader {
    func confirm(_ job: ShardRecord, _ work: WalkStepWork) async throws {
        let shard = try await shard(for: job)
        guard shard.confirmedSteps.withLock({ $0 < job.committedSteps }) else { return }
        if work.step.step == 0 {
            try await confirmInit(job, shard, work)
        } else {
            try await confirmVerdict(job, shard, work)
        }
        shard.confirmedSteps.withLock { $0 = job.committedSteps }
    }

    /// Step 0: DAP's continuation.
    private func confirmInit(_ job: ShardRecord, _ shard: Shard, _ work: WalkStepWork) async throws {
        let accepted = try ShardRecord.bitmap(job.live, count: shard.reports.count)
        let payload = PingPongMessage.finish(verifierMessage: []).encoded()
        let ids = accepted.positions.map { shard.reports[$0].id }
        let request = AggregationJobContinueReq(
            step: 1, verifyContinues: ids.map { VerifyContinue(reportID: $0, payload: payload) })
        if ids.isEmpty { return try await confirmEmpty(request, job, work) }
        let body = try await post(request.encoded(), .aggregationJobContinueReq, job, work)
        let response = try AggregationJobResp(answer: body)
        // The Helper had its last chance to refuse a report when it answered the init request.
        guard response.verifyResps.map(\.reportID) == ids, response.verifyResps.allSatisfy({ $0.outcome == .finish })
        else { throw Failure.helperMisbehaved(.batchMismatch, "it does not finish the reports of the request") }
    }

    /// A continuation that names no report: its answer has no content, so a Helper may say of it what it says of an answer
    /// that is not ready.
    private func confirmEmpty(
        _ request: AggregationJobContinueReq, _ job: ShardRecord, _ work: WalkStepWork
    ) async throws {
        guard let id = job.jobID else { throw StoreError.damaged("job without ID") }
        let answer = try await link.postJobOnce(
            id, .aggregationJobContinueReq, request.encoded(), for: purpose(of: work.walk))
        if case .ready(let content, _) = answer.state, !content.isEmpty {
            throw Failure.helperMisbehaved(.batchMismatch, "it finishes reports that the request does not name")
        }
    }

    /// Later steps: one bit a report.
    private func confirmVerdict(_ job: ShardRecord, _ shard: Shard, _ work: WalkStepWork) async throws {
        let before = try ShardRecord.bitmap(job.liveBefore, count: shard.reports.count)
        let accepted = try ShardRecord.bitmap(job.live, count: shard.reports.count)
        guard let transcript = WalkTranscript(bytes: job.evaluateTranscript),
            let committed = WalkTranscript(bytes: job.transcript)
        else { throw StoreError.damaged("transcript") }
        let request = WalkVerdictReq(
            header: WalkStepHeader(
                walkID: work.walk.id, step: work.step.step, phase: .verdict, liveCount: UInt32(before.population),
                transcript: transcript),
            verdicts: accepted.packed(over: before))
        let body = try await post(request.encoded(), .walkVerdictReq, job, work)
        let response = try WalkVerdictResp(answer: body)
        try Self.check(
            response.header,
            against: WalkStepHeader(
                walkID: work.walk.id, step: work.step.step, phase: .committed, liveCount: UInt32(job.count),
                transcript: committed))
    }
}
