import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// Step 0's second message: the Leader's word on each report, and the commit.
extension WalkHelper {
    /// Takes the continuation of step 0 and answers with an `AggregationJobResp`.
    ///
    /// Spec: DAP §4.5.4.2
    func continueInit(_ job: ShardRecord, _ body: [UInt8], digest: [UInt8]) async throws -> [UInt8] {
        // Whatever is wrong with the bytes, the answer is one.
        guard let request = try? AggregationJobContinueReq(decoding: body), request.step != 0 else {
            throw AggregatorError.invalidMessage("the continuation does not decode, or is for step 0")
        }
        guard request.step == 1 else { throw AggregatorError.stepMismatch("the continuation's step is 1") }
        let ids = request.verifyContinues.map(\.reportID)
        let answer = AggregationJobResp(verifyResps: ids.map { VerifyResp(reportID: $0, outcome: .finish) }).encoded()
        if job.committedSteps > 0 {
            guard job.committedSteps == 1, job.verdictDigest == digest else {
                throw AggregatorError.stepMismatch("the step is committed, after another request")
            }
            return answer
        }
        guard job.phase == .opened else {
            throw AggregatorError.stepMismatch("the aggregation job has not answered its initialisation, or has ended")
        }
        let finish = PingPongMessage.finish(verifierMessage: []).encoded()
        guard request.verifyContinues.allSatisfy({ $0.payload == finish }) else {
            throw AggregatorError.invalidMessage("a verification message does not decode")
        }
        try await commitInit(job, ids, digest: digest)
        return answer
    }

    private func commitInit(_ job: ShardRecord, _ ids: [ReportID], digest: [UInt8]) async throws {
        let entered = try Refusals(decoding: job.refusals).entered(of: job.reportCount)
        guard !entered.isEmpty else {
            guard ids.isEmpty else { throw AggregatorError.invalidMessage("a report is not the job's") }
            let none = ReportBitmap(count: 0)
            _ = try await stored(job, none, of: none, sum: [], entered, [], digest: digest)
            return
        }
        let shard = try await shard(for: job)
        let accepted = try Self.accepted(ids, of: shard.reports)
        let live = ReportBitmap(count: shard.reports.count, filled: true)
        let evaluated = try await evaluated(shard, job, step: 0, live: live)
        let sum = try await finished(shard, evaluated, accepted: accepted).aggregateShare
        keep(shard, try await stored(job, accepted, of: live, sum: sum, entered, shard.reports, digest: digest))
    }

    /// Rule 7: bitmap, count, checksum, sum and step in one transaction.
    private func stored(
        _ job: ShardRecord, _ accepted: ReportBitmap, of live: ReportBitmap, sum: [UInt8], _ entered: [Int],
        _ reports: [BoundReport], digest: [UInt8]
    ) async throws -> ShardRecord {
        guard let jobID = job.jobID, let asked = try await steps(of: job.walk, through: 0).first else {
            throw StoreError.damaged("job without ID or parameter")
        }
        var overInit = ReportBitmap(count: job.reportCount)
        for (rank, place) in entered.enumerated() { overInit[place] = accepted[rank] }
        var job = job
        job.verdictDigest = digest
        job.commit(
            accepted: accepted, of: live, sum: sum,
            transcript: .initial(
                taskID: task.id, jobID: jobID, initRequestDigest: job.initDigest, aggregationParameter: asked.encoded,
                reportCount: UInt32(job.reportCount), acceptedBitmap: overInit.encoded),
            reports: reports)
        let (committed, level, rejected) = (job, asked.parameter.level, live.population - accepted.population)
        try await write("commit step 0 of a shard", of: committed) { transaction in
            try transaction.checkGoingOn(committed.walk)
            let walk = try transaction.checkServing(committed.walk)
            try transaction.checkNext(committed)
            // Rule 5: nothing joins a frozen batch.
            guard !walk.isFrozen else {
                throw AggregatorError.problem(.batchOverlap, detail: "the walk's batch is frozen")
            }
            try transaction.addCount(
                .vdafVerifyError, at: .verification(step: 0, level: level), rejected, in: committed.walk)
            try transaction.updateJob(committed)
        }
        if !reports.isEmpty { log(committed, step: 0, level: level, rejected: rejected) }
        return committed
    }

    /// The reports that the Leader names, in order; the others it rejected.
    private static func accepted(_ ids: [ReportID], of reports: [BoundReport]) throws -> ReportBitmap {
        var accepted = ReportBitmap(count: reports.count)
        var position = 0
        for id in ids {
            while position < reports.count, reports[position].id != id { position += 1 }
            guard position < reports.count else {
                throw AggregatorError.invalidMessage("a report is not the job's, or is out of order")
            }
            accepted[position] = true
            position += 1
        }
        return accepted
    }
}
