import Logging
import PopulusDAP
import PopulusVDAF
import PopulusWireCodec
import PrefixWalk

/// The later steps of a shard, in packed messages: shares are verified here.
extension WalkLeader {
    /// - Parameter seat: for the commit, where it may wait for those of other shards.
    func exchangeEvaluate(
        _ job: inout ShardRecord, _ work: WalkStepWork, _ claim: Claim, in seat: JointWrites.Seat?
    ) async throws {
        let shard = try await shard(for: job)
        let live = try ShardRecord.bitmap(job.live, count: shard.reports.count)
        let evaluated = try await compute { [moved] in
            try shard.evaluate(
                work.parameter, history: work.history, live: live, walkReports: work.reportsBefore, counting: moved)
        }
        let header = WalkStepHeader(
            walkID: work.walk.id, step: work.step.step, phase: .evaluate, liveCount: UInt32(job.count),
            transcript: try evaluateTranscript(after: job, work))
        let request = WalkEvaluateReq(
            header: header, aggregationParameter: work.step.parameter, leaderVerifierShares: evaluated.verifierShares)
        let body = try await post(request.encoded(), .walkEvaluateReq, job, work)
        let response = try WalkEvaluateResp(answer: body)
        try Self.check(response.header, against: header)
        // The engine checks the length, and that every element is canonical.
        let (accepted, sum) = try await decided(evaluated, response.messages, live, urgent: true)
        job.evaluateTranscript = header.transcript.bytes
        job.commit(
            accepted: accepted, of: live, sum: sum,
            transcript: header.transcript.committing(verdicts: accepted.packed(over: live)), reports: shard.reports)
        let (committed, level) = (job, work.parameter.level)
        let rejected = live.subtracting(accepted).population
        try await claims.write("commit a step of a shard", claim, in: seat) { transaction in
            try transaction.checkRunning(work.walk.id)
            try transaction.addCount(
                .vdafVerifyError, at: .verification(step: work.step.step, level: level), rejected, in: work.walk.id)
            try transaction.addRejected([.vdafVerifyError: rejected], by: .leader, of: work.walk.id)
            guard try transaction.commitShard(committed) else {
                // Another process was first.
                if try transaction.hasGoneOn(committed) { throw NotNeeded() }
                throw StoreError.damaged("job of a step")
            }
        }
        log(job, step: work.step.step, level: work.parameter.level, rejected: rejected)
    }

    /// The reports that verify, and the sum over them.
    func decided(
        _ evaluated: ShardStep, _ messages: [UInt8], _ respondents: ReportBitmap, urgent: Bool = false
    ) async throws -> (accepted: ReportBitmap, sum: [UInt8]) {
        try await compute(urgent: urgent) {
            let accepted = try evaluated.verdicts(onHelperResponse: messages, respondents: respondents)
            return (accepted, try evaluated.finish(accepted: accepted).aggregateShare)
        }
    }

    private func evaluateTranscript(after job: ShardRecord, _ work: WalkStepWork) throws -> WalkTranscript {
        guard let transcript = WalkTranscript(bytes: job.transcript) else { throw StoreError.damaged("transcript") }
        return transcript.evaluating(step: work.step.step, aggregationParameter: work.step.parameter)
    }

    static func check(_ header: WalkStepHeader, against expected: WalkStepHeader) throws {
        do { try header.check(against: expected) } catch {
            throw Failure.helperMisbehaved(error.problemType, error.description)
        }
    }

    func post(_ body: [UInt8], _ mediaType: MediaType, _ job: ShardRecord, _ work: WalkStepWork) async throws -> [UInt8]
    {
        guard let id = job.jobID else { throw StoreError.damaged("job without ID") }
        return try await link.postJob(id, step: work.step.step, mediaType, body, for: purpose(of: work.walk))
    }
}

extension StoreTransaction {
    /// Whether a shard has committed the step that is to be committed.
    func hasGoneOn(_ committed: ShardRecord) throws -> Bool {
        try shard(row: committed.row).map { $0.committedSteps >= committed.committedSteps } ?? false
    }
}
