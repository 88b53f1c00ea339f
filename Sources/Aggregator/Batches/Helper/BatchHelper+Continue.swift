import Logging
import PopulusDAP

/// The second round, for VDAFs that have one.
extension BatchHelper {
    func post(
        _ id: AggregationJobID, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> ResourceState {
        guard MediaType.aggregationJobContinueReq.matches(mediaType) else { throw AggregatorError.unsupportedMediaType }
        let job = try await knownJob(id)
        let request = try await work.run(urgent: true) { try Self.decode(body) }
        let isRepeated = job.step == request.step
        if isRepeated {
            // Recovers from a lost answer: the same bytes get the same one.
            guard job.continueDigest == digest else {
                throw AggregatorError.stepMismatch("the step was asked for with another request")
            }
            guard job.phase == .bound, !settings.answersLater || job.continueRequest.isEmpty else {
                return try answer(job)
            }
        }
        let continued = try await checked(request, job)
        var accepted = job
        if !isRepeated {
            (accepted.phase, accepted.step, accepted.lastTime) = (.bound, request.step, currentTime)
            accepted.continueDigest = digest
        }
        if settings.answersLater { accepted.continueRequest = body }
        // Other bytes for the step are refused from now on, whatever becomes of the answer.
        let next = accepted == job ? job : try await stored(accepted, after: job)
        if settings.answersLater || next.phase != .bound { return try answer(next) }
        return try answer(try await proceed(next, request, continued))
    }

    /// Makes it durable that a continuation is accepted; gives the job as it is then.
    private func stored(_ accepted: BatchJobRecord, after job: BatchJobRecord) async throws -> BatchJobRecord {
        try await store.write("continue an aggregation job") { transaction in
            guard let stored = try transaction.batchJob(row: job.row) else { throw AggregatorError.unknownJob }
            // The same bytes came to another process, which was first.
            if stored.step == accepted.step, stored.continueDigest == accepted.continueDigest, stored != job {
                return stored
            }
            guard stored.phase == job.phase, stored.step == job.step else {
                throw AggregatorError.stepMismatch("the aggregation job was continued or deleted")
            }
            try transaction.updateJob(accepted)
            if !accepted.continueRequest.isEmpty, let id = accepted.jobID { _ = try transaction.take(.job(id)) }
            return accepted
        }
    }

    private static func decode(_ body: [UInt8]) throws -> AggregationJobContinueReq {
        // Whatever is wrong with the bytes, the answer is one.
        guard let request = try? AggregationJobContinueReq(decoding: body), request.step != 0,
            !request.verifyContinues.isEmpty
        else {
            throw AggregatorError.invalidMessage("the continuation does not decode, is for step 0 or continues nothing")
        }
        return request
    }

    /// Checks a continuation against the job that it continues.
    ///
    /// - Returns: each report's `VerifyInit`, in the order of the request.
    private func checked(_ request: AggregationJobContinueReq, _ job: BatchJobRecord) async throws -> [VerifyInit] {
        let isNext = job.phase == .opened && request.step == job.step + 1
        guard isNext || (job.phase == .bound && request.step == job.step && job.step > 0) else {
            throw AggregatorError.stepMismatch("the aggregation job is at step \(job.step)")
        }
        return try await work.run {
            let initial = try AggregationJobInitReq(stored: job.request, "request of a job").verifyInits
            let previous = try AggregationJobResp(stored: job.response, "answer of a job").verifyResps
            guard initial.count == previous.count else { throw StoreError.damaged("answer of a job") }
            var continued: [VerifyInit] = []
            var place = 0
            for id in request.verifyContinues.map(\.reportID) {
                // In the order of the previous request, which also rules out that one is named twice.
                while place < initial.count, previous[place].reportID != id { place += 1 }
                guard place < initial.count, case .continue = previous[place].outcome else {
                    throw AggregatorError.invalidMessage("a report is not the job's, was rejected, or is out of order")
                }
                continued.append(initial[place])
                place += 1
            }
            return continued
        }
    }

    /// Verifies and commits what a continuation names; the other reports were rejected by the Leader.
    private func proceed(
        _ job: BatchJobRecord, _ request: AggregationJobContinueReq, _ continued: [VerifyInit]
    ) async throws -> BatchJobRecord {
        // These shares have opened before: where the key is gone the reports are not to blame.
        guard continued.allSatisfy({ task.receiver.recognizes($0.reportShare.encryptedInputShare) }) else {
            throw AggregatorError.internal(
                "an aggregation job waits for an older decryption key: put it back into the task file and start again")
        }
        let (verifier, messages) = (try verifier(of: job), request.verifyContinues)
        let verified = try await verified(messages.count, of: job) { place in
            let verifyInit = continued[place]
            return (
                verifyInit.reportShare.metadata, verifier.continue(verifyInit, messages[place].payload)
            )
        }
        return try await committed(job, verified, isLast: true)
    }

    /// Works at the request that waits for an answer.
    func work(at id: AggregationJobID) async throws {
        guard let job = try await store.read("aggregation job", { try $0.batchJob(id: id) }), job.phase == .bound
        else { return }
        guard job.step == 0 else {
            guard !job.continueRequest.isEmpty else { return }
            let request = try await work.run { try Self.decode(job.continueRequest) }
            _ = try await proceed(job, request, try await checked(request, job))
            return
        }
        guard !job.request.isEmpty else { return }
        let request: BatchInitRequest
        do { request = try await initRequest(job.request) } catch AggregatorError.problem(let type, let detail) {
            // Accepted by a Helper with wider bounds.
            logger.error("an aggregation job is refused after all", metadata: ["job": "\(id)", "reason": "\(detail)"])
            let problem = ProblemDocument(type: type, detail: detail, taskID: task.id)
            try await abandon(job.row, problem) { $0.phase == .bound && $0.step == 0 }
            return
        }
        _ = try await initialize(job, request.verifyInits)
    }
}
