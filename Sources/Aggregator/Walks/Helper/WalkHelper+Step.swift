import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// Later steps: evaluation and verdicts, in packed messages.
extension WalkHelper {
    /// The first message of a step.
    ///
    /// Everything in the header is checked before anything is evaluated.
    func evaluate(_ job: ShardRecord, _ body: [UInt8], digest: [UInt8]) async throws -> [UInt8] {
        let request = try WalkEvaluateReq(received: body, "the evaluation request")
        let step = request.header.step
        if let latest = latestAnswer(of: job, step: step, digest: digest) { return latest }
        if job.committedSteps > 0, step == job.committedSteps - 1, job.committedEvaluateDigest == digest {
            // Committed already, and asked again: the same answer, from the state before the commit.
            return try await respond(to: request, job, live: job.liveBefore, digest: digest)
        }
        guard step == job.committedSteps, step > 0, job.phase == .opened else {
            throw AggregatorError.stepMismatch("the job's next step is \(job.committedSteps)")
        }
        guard job.evaluateDigest.isEmpty || job.evaluateDigest == digest else {
            throw AggregatorError.stepMismatch("the step was asked with another request")
        }
        try check(request, job)
        var job = job
        try await record(request, job, digest: digest)
        job.evaluateDigest = digest
        shards.keep(job)
        return try await respond(to: request, job, live: job.live, digest: digest)
    }

    private func check(_ request: WalkEvaluateReq, _ job: ShardRecord) throws {
        try request.header.checkSent(
            against: WalkStepHeader(
                walkID: job.walk, step: job.committedSteps, phase: .evaluate, liveCount: UInt32(job.count),
                transcript: try job.storedTranscript.evaluating(
                    step: job.committedSteps, aggregationParameter: request.aggregationParameter)))
    }

    /// Rules 2, 4 and 7: the step is checked against the whole history and durable before it is computed.
    private func record(_ request: WalkEvaluateReq, _ job: ShardRecord, digest: [UInt8]) async throws {
        let (task, histories, now) = (walkTask, histories, clock.now)
        let (step, encoded) = (request.header.step, request.aggregationParameter)
        let (elements, live) = (request.leaderVerifierShares, UInt32(job.count))
        try await write("record a step", of: job) { transaction in
            try transaction.checkGoingOn(job.walk)
            // Once more and in the transaction: what is in memory may be old, and one answer a step is rule 1.
            guard try transaction.recordEvaluation(job: job.row, step: step, digest: digest) else {
                throw AggregatorError.stepMismatch("the step was asked with another request")
            }
            // The first shard of a step was checked; the others must bring the same bytes.
            let known = try histories.step(job.walk, step)?.encoded ?? transaction.step(job.walk, step)?.parameter
            if known != encoded {
                let walk = try transaction.checkServing(job.walk)
                let history = try histories.history(of: walk, in: transaction)
                do throws(WalkRefusal) {
                    _ = try task.rules.admit(encoded, step: step, after: history, ageSeconds: walk.age(at: now))
                } catch {
                    throw AggregatorError(error)
                }
                try transaction.insertStep(
                    StepRecord(walk: job.walk, step: step, parameter: encoded))
            }
            guard let level = Poplar1AggregationParameter.level(ofEncoded: encoded) else {
                throw AggregatorError.invalidMessage("the aggregation parameter has no level")
            }
            do {
                try WalkPacking(level: level, bits: task.bits, liveCount: live).check(leaderVerifierShares: elements)
            } catch {
                throw AggregatorError.invalidMessage("verifier shares: \(error)")
            }
        }
    }

    private func respond(
        to request: WalkEvaluateReq, _ job: ShardRecord, live encoded: [UInt8], digest: [UInt8]
    ) async throws -> [UInt8] {
        let shard = try await shard(for: job)
        let live = try ShardRecord.bitmap(encoded, count: shard.reports.count)
        let evaluation = try await evaluation(shard, job, step: request.header.step, live: live)
        let messages = try await compute {
            try evaluation().respond(toLeaderShares: request.leaderVerifierShares, respondents: live)
        }
        let answer = WalkEvaluateResp(header: request.header, messages: messages).encoded()
        remember(answer, .walkEvaluateResp, of: job, step: request.header.step, digest: digest)
        return answer
    }

    /// The second message of a step: the Leader's verdicts, and the commit.
    func commit(
        _ job: ShardRecord, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> [UInt8] {
        let request = try WalkVerdictReq(received: body, "the verdict")
        let step = request.header.step
        if job.committedSteps > 1, step == job.committedSteps - 1 {
            guard job.verdictDigest == digest else {
                throw AggregatorError.stepMismatch("the step is committed, after another verdict")
            }
            return try committedAnswer(job, digest: digest)
        }
        try job.checkBeginsWithEvaluation(step)
        let asked = try await steps(of: job.walk, through: step)[Int(step)]
        let evaluating = try job.checkVerdict(request.header, aggregationParameter: asked.encoded)
        let committed = try await commit(
            job, request, evaluating, level: asked.parameter.level, digest: digest, in: seat)
        return try committedAnswer(committed, digest: digest)
    }

    private func committedAnswer(_ job: ShardRecord, digest: [UInt8]) throws -> [UInt8] {
        let step = job.committedSteps - 1
        let answer = WalkVerdictResp(
            header: WalkStepHeader(
                walkID: job.walk, step: step, phase: .committed, liveCount: UInt32(job.count),
                transcript: try job.storedTranscript)
        ).encoded()
        rememberSecond(answer, .walkVerdictResp, of: job, step: step, digest: digest)
        return answer
    }

    private func commit(
        _ job: ShardRecord, _ request: WalkVerdictReq, _ evaluating: WalkTranscript, level: Int, digest: [UInt8],
        in seat: JointWrites.Seat?
    ) async throws -> ShardRecord {
        let step = request.header.step
        let shard = try await shard(for: job)
        let live = try ShardRecord.bitmap(job.live, count: shard.reports.count)
        let accepted: ReportBitmap
        do { accepted = try ReportBitmap(packed: request.verdicts, over: live) } catch {
            throw AggregatorError.badVerdicts
        }
        let evaluated = try await evaluated(shard, job, step: step, live: live)
        let outcome = try await finished(shard, evaluated, accepted: accepted)
        var job = job
        job.committedEvaluateDigest = job.evaluateDigest
        job.evaluateDigest = []
        job.verdictDigest = digest
        job.commit(
            accepted: accepted, of: live, sum: outcome.aggregateShare,
            transcript: evaluating.committing(verdicts: request.verdicts), reports: shard.reports)
        let (committed, rejected) = (job, live.population - accepted.population)
        try await claims.write("commit a step of a shard", try claim(to: committed), in: seat) { transaction in
            try transaction.checkGoingOn(committed.walk)
            try transaction.addCount(
                .vdafVerifyError, at: .verification(step: step, level: level), rejected, in: committed.walk)
            guard try transaction.commitShard(committed) else {
                try transaction.checkNext(committed)
                throw StoreError.damaged("job of a step")
            }
        }
        keep(shard, committed)
        log(committed, step: step, level: level, rejected: rejected)
        return committed
    }
}
