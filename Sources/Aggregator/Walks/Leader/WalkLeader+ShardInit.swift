import Crypto
import DAP
import PrefixWalk
import VDAF

/// Step 0 of a shard: the Leader's shares are opened here, and every report is bound before anything derived leaves.
extension WalkLeader {
    func initialize(_ job: JobRecord, _ work: StepWork) async throws {
        var job = job
        if job.committedSteps == 0 {
            guard try await exchangeInit(&job, work) else { return }
        }
        try await confirmInit(job, work)
    }

    /// Opens, binds, sends, verifies, commits.
    ///
    /// False if the Leader itself had no report to send.
    private func exchangeInit(_ job: inout JobRecord, _ work: StepWork) async throws -> Bool {
        let opened = try await open(job, work)
        guard let shard = opened.shard else {
            try await commitEmpty(job, work, refused: opened.refused)
            return false
        }
        let full = ReportBitmap(count: shard.reports.count, filled: true)
        let evaluated = try await compute {
            try shard.evaluator.evaluate(work.parameter, history: [], live: full)
        }
        let request = initRequest(opened, evaluated, work).encoded()
        let digest = Array(SHA256.hash(data: request))
        try await bind(&job, opened, digest: digest, work)

        let (peer, clock, taskID) = (peer, clock, task.id)
        let answer = try await asking("create aggregation job", for: work.walk) { () async throws(PeerError) in
            try await peer.createdAggregationJob(task: taskID, body: request, on: clock)
        }
        let response = try InitResponse(
            decoding: answer.body, reports: shard.reports, elementSize: evaluated.elementCount)
        let (accepted, outcome) = try await compute {
            let accepted = try evaluated.verdicts(
                onHelperResponse: response.messages, respondents: response.respondents)
            return (accepted, try evaluated.finish(accepted: accepted))
        }
        job.jobID = answer.id
        let transcript = WalkTranscript.initial(
            taskID: task.id, jobID: answer.id, initRequestDigest: digest, aggregationParameter: work.step.parameter,
            reportCount: UInt32(shard.reports.count), acceptedBitmap: accepted.encoded)
        job.commit(
            accepted: accepted, of: full, sum: outcome.aggregateShare, transcript: transcript, reports: shard.reports)
        let failed = response.respondents.subtracting(accepted).population
        try await commit(job, work, failed: failed, refusals: response.refusals)
        shards.insert(shard)
        return true
    }

    /// Opens the Leader's shares and writes the segment: the bytes of a shard's reports end up here.
    private func open(_ job: JobRecord, _ work: StepWork) async throws -> OpenedShard {
        let (task, settings, directory, budget) = (walkTask, settings, store.segmentsDirectory, budget)
        let stored = try await store.read("uploads of a shard") {
            try $0.reportBodies(rows: job.firstRow...job.lastRow, times: work.walk.times)
        }
        return try await compute {
            let opener = ShareOpener(task: task.base, settings: settings)
            var builder = try SegmentBuilder(bits: task.bits, aggregatorID: task.aggregatorID, ctx: task.context)
            var opened = OpenedShard()
            for upload in stored {
                guard let report = try? Report(decoding: upload.body) else { throw StoreError.damaged("upload") }
                let error = opener.add(report, to: &builder)
                if let error {
                    opened.refused[error, default: 0] += 1
                } else {
                    opened.append(report, row: upload.row)
                }
            }
            if builder.count > 0 {
                try builder.write(to: Shard.path(row: job.row, in: directory))
                opened.shard = try Shard(
                    job: job, reports: opened.reports, of: task, keyID: work.walk.verificationKeyID,
                    directory: directory, budget: budget)
            }
            return opened
        }
    }

    private func initRequest(_ opened: OpenedShard, _ evaluated: ShardStep, _ work: StepWork) -> AggregationJobInitReq {
        var extensions: [AggregationJobExtension] = []
        if case .leaderSelected(let batchID)? = try? BatchSelector(decoding: work.walk.batchSelector) {
            extensions.append(
                AggregationJobExtension(
                    type: AggregationJobExtension.leaderSelectedBatchIDType, data: batchID.encoded()))
        }
        extensions.append(
            AggregationJobExtension(
                type: task.codePoints.aggregationJob, data: WalkJobExtension(walkID: work.walk.id, step: 0).encoded()))
        let size = 3 * evaluated.elementCount
        let inits = opened.helperShares.enumerated().map { place, share in
            let verifierShare = Array(evaluated.verifierShares[(place * size)..<((place + 1) * size)])
            return VerifyInit(
                reportShare: share, payload: PingPongMessage.initialize(verifierShare: verifierShare).encoded())
        }
        return AggregationJobInitReq(
            verificationKeyID: work.walk.verificationKeyID, aggregationParameter: work.step.parameter,
            extensions: extensions.sorted { $0.type < $1.type }, verifyInits: inits)
    }

    /// Rule 1: durable before the request leaves.
    ///
    /// A restart must come to the same bytes.
    private func bind(_ job: inout JobRecord, _ opened: OpenedShard, digest: [UInt8], _ work: StepWork) async throws {
        let isFirst = job.phase == .planned
        guard isFirst || job.initDigest == digest else {
            throw StepFailure.failedHere("the aggregation job's request cannot be repeated")
        }
        job.phase = .bound
        job.initDigest = digest
        job.reportCount = opened.rows.count
        let (bound, keyID) = (job, work.walk.verificationKeyID)
        try await store.write("bind reports") { transaction in
            try transaction.checkRunning(work.walk.id)
            guard isFirst else { return }
            try transaction.bindReports(rows: opened.rows, job: bound.row, keyID: keyID)
            for (error, count) in opened.refused { try transaction.addCount(error, at: .opening, count) }
            try transaction.updateJob(bound)
        }
    }

    private func commit(
        _ job: JobRecord, _ work: StepWork, failed: Int, refusals: [ReportError: Int]
    ) async throws {
        let level = work.parameter.level
        try await store.write("commit step 0 of a shard") { transaction in
            try transaction.checkRunning(work.walk.id)
            if let id = job.jobID, let other = try transaction.job(id: id), other.row != job.row {
                throw StepFailure.helperMisbehaved(.invalidMessage, "it gives two aggregation jobs one ID")
            }
            try transaction.addCount(.vdafVerifyError, at: .verification(step: 0, level: level), failed)
            for (error, count) in refusals {
                let point: RejectionPoint =
                    error == .vdafVerifyError ? .verification(step: 0, level: level) : .opening
                try transaction.addCount(error, at: point, count)
            }
            try transaction.eraseBodies(rows: job.firstRow...job.lastRow, times: work.walk.times)
            try transaction.updateJob(job)
        }
        log(job, work, rejected: failed + refusals.values.reduce(0, +))
    }

    private func commitEmpty(_ job: JobRecord, _ work: StepWork, refused: [ReportError: Int]) async throws {
        var job = job
        job.drop()
        job.committedSteps = 1
        let emptied = job
        try await store.write("shard without reports") { transaction in
            try transaction.checkRunning(work.walk.id)
            for (error, count) in refused { try transaction.addCount(error, at: .opening, count) }
            try transaction.eraseBodies(rows: emptied.firstRow...emptied.lastRow, times: work.walk.times)
            try transaction.updateJob(emptied)
        }
        log(emptied, work, rejected: refused.values.reduce(0, +))
    }
}

extension StoreTransaction {
    /// What was deleted or ended meanwhile is not worked on.
    func checkRunning(_ id: WalkID) throws {
        if let end = try walkEnd(id) { throw StepFailure.refused(.ended(end)) }
    }
}

/// A shard's reports after opening, in the segment's order.
struct OpenedShard: Sendable {
    var rows: [Int64] = []
    var reports: [BoundReport] = []
    var helperShares: [ReportShare] = []
    var refused: [ReportError: Int] = [:]
    var shard: Shard?

    mutating func append(_ report: Report, row: Int64) {
        rows.append(row)
        reports.append(
            BoundReport(ordinal: reports.count, id: report.metadata.reportID, time: report.metadata.time.units))
        helperShares.append(
            ReportShare(
                metadata: report.metadata, publicShare: report.publicShare,
                encryptedInputShare: report.helperEncryptedInputShare))
    }
}

extension ShareOpener {
    /// Opens the Leader's share of a report and adds it to the segment; otherwise says why not.
    fileprivate func add(_ report: Report, to builder: inout SegmentBuilder) -> ReportError? {
        switch open(
            report.leaderEncryptedInputShare, metadata: report.metadata, publicShare: report.publicShare)
        {
        case .failure(let refusal): return refusal.error
        case .success(let share):
            do {
                try builder.append(
                    reportID: report.metadata.reportID.bytes, publicShare: report.publicShare, inputShare: share)
                return nil
            } catch {
                return .invalidMessage
            }
        }
    }
}
