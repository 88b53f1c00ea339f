import PopulusDAP
import PopulusVDAF

/// Verdicts that come with the request for a step's share: all are checked before the first is committed.
extension WalkHelper {
    /// A `WalkAggregateShareReq`, alone or as a part of a `WalkFinishReq`, in tasks that list that.
    func asked(_ mediaType: MediaType, _ body: [UInt8]) throws(AggregatorError) -> AskedShare {
        if shareRequestType.matches(mediaType) { return AskedShare(body: body) }
        guard MediaType.walkFinishReq.matches(mediaType), walkTask.rules.bounds.messages.contains(.finish) else {
            throw .unsupportedMediaType
        }
        let request = try WalkFinishReq(received: body, "the request that finishes a step")
        return AskedShare(
            body: request.shareRequest,
            verdicts: request.verdicts.map {
                JobRequest(kind: .post(.walkVerdictReq), id: $0.jobID, body: $0.request)
            })
    }
}

extension WalkShareRequest {
    /// Every shard that has a live report is named, or has committed the step; what is committed is named by the same bytes.
    ///
    /// It is read at one moment, and nothing rests on it: each commit checks again, and the sum is of what is committed then.
    func due(
        of verdicts: [JobRequest], as id: ResourceID, in transaction: any StoreTransaction
    ) throws -> [JobRequest] {
        let (walk, step) = try subject(as: id, in: transaction)
        guard walk.batchSelector == selector.encoded() else {
            throw AggregatorError.problem(.batchMismatch, detail: "the batch selector is not the walk's")
        }
        let jobs = try transaction.shards(walk.id)
        let named = Dictionary(jobs.compactMap { job in job.jobID.map { ($0, job) } }) { first, _ in first }
        var due: [JobRequest] = []
        for verdict in verdicts {
            guard let job = named[verdict.id] else {
                guard try transaction.shard(id: verdict.id) != nil else { throw AggregatorError.unknownJob }
                throw AggregatorError.stepMismatch("an aggregation job is another walk's")
            }
            if try isDue(verdict, of: job, step) { due.append(verdict) }
        }
        let missing = Set(due.map(\.id))
        for job in jobs where job.phase != .finished && job.committedSteps != step.step + 1 {
            guard job.committedSteps == step.step, let jobID = job.jobID, missing.contains(jobID) else {
                throw AggregatorError(WalkRefusal.previousStepUnfinished)
            }
        }
        return due
    }

    /// Whether a verdict is to be committed; false where it is committed already.
    private func isDue(_ verdict: JobRequest, of job: ShardRecord, _ step: StepRecord) throws -> Bool {
        let request = try WalkVerdictReq(received: verdict.body, "a verdict")
        guard request.header.step == step.step else {
            throw AggregatorError.stepMismatch("a verdict is of another step than the share")
        }
        if job.committedSteps == step.step + 1, !job.verdictDigest.isEmpty {
            guard job.verdictDigest == verdict.digest else {
                throw AggregatorError.stepMismatch("the step is committed, after another verdict")
            }
            return false
        }
        try job.checkBeginsWithEvaluation(step.step)
        _ = try job.checkVerdict(request.header, aggregationParameter: step.parameter)
        guard let level = Poplar1AggregationParameter.level(ofEncoded: step.parameter) else {
            throw StoreError.damaged("aggregation parameter")
        }
        do {
            try WalkPacking(level: level, bits: task.bits, liveCount: request.header.liveCount)
                .check(verdicts: request.verdicts)
        } catch {
            throw AggregatorError.badVerdicts
        }
        return true
    }
}
