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
        guard let committed = WalkTranscript(bytes: job.transcript) else { throw StoreError.damaged("transcript") }
        let body = try await post(try verdict(of: job, shard, work).encoded(), .walkVerdictReq, job, work)
        let response = try WalkVerdictResp(answer: body)
        try Self.check(
            response.header,
            against: WalkStepHeader(
                walkID: work.walk.id, step: work.step.step, phase: .committed, liveCount: UInt32(job.count),
                transcript: committed))
    }

    /// A shard's verdict on a later step: the same bytes each time, from what is durable.
    private func verdict(of job: ShardRecord, _ shard: Shard, _ work: WalkStepWork) throws -> WalkVerdictReq {
        let before = try ShardRecord.bitmap(job.liveBefore, count: shard.reports.count)
        let accepted = try ShardRecord.bitmap(job.live, count: shard.reports.count)
        guard let transcript = WalkTranscript(bytes: job.evaluateTranscript) else {
            throw StoreError.damaged("transcript")
        }
        return WalkVerdictReq(
            header: WalkStepHeader(
                walkID: work.walk.id, step: work.step.step, phase: .verdict, liveCount: UInt32(before.population),
                transcript: transcript),
            verdicts: accepted.packed(over: before))
    }
}

/// Verdicts that go with the request for the step's share: a round trip less.
extension WalkLeader {
    /// Whether the Helper takes a `WalkFinishReq` for a step; step 0 ends with DAP's continuation.
    func mayHoldVerdicts(of work: WalkStepWork) -> Bool {
        work.step.step > 0 && walkTask.rules.bounds.messages.contains(.finish)
    }

    /// Whether the Helper is known to have committed a shard's last step.
    func isConfirmed(_ job: ShardRecord) async throws -> Bool {
        try await shard(for: job).confirmedSteps.withLock { $0 >= job.committedSteps }
    }

    /// A request for a step's share with the verdicts that were held back.
    func finishRequest(_ shareRequest: [UInt8], _ held: [ShardRecord], _ work: WalkStepWork) async throws -> [UInt8] {
        var verdicts: [WalkFinishReq.Verdict] = []
        for job in held {
            guard let id = job.jobID else { throw StoreError.damaged("job without ID") }
            let request = try verdict(of: job, try await shard(for: job), work).encoded()
            verdicts.append(WalkFinishReq.Verdict(jobID: id, request: request))
        }
        return WalkFinishReq(shareRequest: shareRequest, verdicts: verdicts).encoded()
    }
}
