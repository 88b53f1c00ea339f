import PopulusDAP
import PopulusVDAF

/// The reports of an aggregation job as far as their verification is: where shares are opened and verified.
///
/// Everything follows from the stored uploads, the keys and the Helper's answers, so that a restart comes to the same
/// bytes.
///
/// Spec: DAP §4.5.3.1, §4.5.4.1
struct JobVerification: Sendable {
    private let vdaf: any EncodedVdaf
    private let parameter: [UInt8]
    private let batchID: BatchID?
    private let task: AggregatorTask
    /// Those that are neither rejected nor committed, in the order of the init request.
    private(set) var entries: [Entry] = []
    /// Output shares of those that are done.
    private(set) var sums: BatchSums
    /// Those that were refused before anything was sent, by reason.
    private(set) var refused: [ReportError: Int] = [:]
    /// Those that were rejected since.
    private(set) var rejected: [ReportError: Int] = [:]
    /// Both, by batch, but for those that the Helper found too early: they may get another chance.
    private(set) var rejections = BucketRejections()
    /// Those of them that the Helper found too early.
    private(set) var tooEarly: [(id: ReportID, time: Time)] = []

    struct Entry: Sendable {
        let share: ReportShare
        fileprivate(set) var state: EncodedPingPongState

        var id: ReportID { share.metadata.reportID }

        /// The message that the Helper awaits.
        var outbound: [UInt8] {
            switch state {
            case .continued(_, let message), .finishedWithOutbound(_, let message): message.encoded()
            case .finished: []
            }
        }
    }

    /// Opens the Leader's shares and begins to verify them.
    init(_ job: BatchJobRecord, _ uploads: [StoredReport], task: AggregatorTask, opener: ShareOpener) throws {
        guard let key = task.verifyKeys[job.verificationKeyID] else {
            throw Failure.parked("verification key \(job.verificationKeyID) is gone: put it back into the task file")
        }
        (self.task, vdaf, parameter, batchID) = (task, task.vdaf, job.parameter, job.batchID)
        sums = BatchSums(task.vdaf, parameter: job.parameter)
        for upload in uploads {
            let report = try upload.report
            do throws(ReportError) {
                let state = try begun(report, key, opener)
                let share = ReportShare(
                    metadata: report.metadata, publicShare: report.publicShare,
                    encryptedInputShare: report.helperEncryptedInputShare)
                entries.append(Entry(share: share, state: state))
            } catch {
                refused[error, default: 0] += 1
                rejections.add(error, by: .leader, in: task.bucketKey(report.metadata.time, batchID))
            }
        }
    }

    private func begun(
        _ report: Report, _ key: [UInt8], _ opener: ShareOpener
    ) throws(ReportError) -> EncodedPingPongState {
        try opener.open(
            report.leaderEncryptedInputShare, metadata: report.metadata, publicShare: report.publicShare
        ) { share throws(ReportError) in
            do throws(VDAFError) {
                return try vdaf.pingPongLeaderInit(
                    verifyKey: key, ctx: task.context, aggregationParameter: parameter,
                    report: PingPongReport(
                        nonce: report.metadata.reportID.bytes, publicShare: report.publicShare, inputShare: share))
            } catch {
                throw error == .verificationFailed ? .vdafVerifyError : .invalidMessage
            }
        }
    }

    /// The job's first request.
    ///
    /// Spec: DAP §4.5.3.1
    func initRequest(_ job: BatchJobRecord) -> AggregationJobInitReq {
        let extensions = batchID.map {
            [AggregationJobExtension(type: AggregationJobExtension.leaderSelectedBatchIDType, data: $0.encoded())]
        }
        return AggregationJobInitReq(
            verificationKeyID: job.verificationKeyID, aggregationParameter: parameter, extensions: extensions ?? [],
            verifyInits: entries.map { VerifyInit(reportShare: $0.share, payload: $0.outbound) })
    }

    /// Asks the Helper to take the step after `step`.
    func continueRequest(step: UInt16) -> AggregationJobContinueReq {
        AggregationJobContinueReq(
            step: step, verifyContinues: entries.map { VerifyContinue(reportID: $0.id, payload: $0.outbound) })
    }

    /// Takes the Helper's answer to the latest request.
    ///
    /// What is wrong with one report rejects it; what is wrong with the answer as a whole is thrown.
    mutating func take(_ body: [UInt8]) throws(Failure) {
        let response = try AggregationJobResp(answer: body)
        guard response.verifyResps.map(\.reportID) == entries.map(\.id) else {
            throw .helperMisbehaved("its report IDs are not the request's")
        }
        var open: [Entry] = []
        for (entry, answer) in zip(entries, response.verifyResps) {
            switch (entry.state, answer.outcome) {
            case (_, .reject(let error)):
                rejected[error, default: 0] += 1
                if error == .reportTooEarly {
                    tooEarly.append((entry.id, entry.share.metadata.time))
                } else {
                    reject(entry, error, by: .helper)
                }
            case (.continued(let state, _), .continue(let payload)):
                guard let next = continued(state, payload) else {
                    rejected[.vdafVerifyError, default: 0] += 1
                    reject(entry, .vdafVerifyError, by: .leader)
                    continue
                }
                if case .finished(let share) = next {
                    try commit(share, of: entry)
                } else {
                    open.append(Entry(share: entry.share, state: next))
                }
            case (.finishedWithOutbound(let share, _), .finish): try commit(share, of: entry)
            default: throw .helperMisbehaved("it does not fit the state of a report")
            }
        }
        entries = open
    }

    private mutating func reject(_ entry: Entry, _ error: ReportError, by party: Role) {
        rejections.add(error, by: party, in: task.bucketKey(entry.share.metadata.time, batchID))
    }

    /// All rejections, those too that the Helper found too early: where none of them gets another chance.
    func rejectionsWithTooEarly() -> BucketRejections {
        var all = rejections
        for (_, time) in tooEarly { all.add(.reportTooEarly, by: .helper, in: task.bucketKey(time, batchID)) }
        return all
    }

    /// What is wrong with a message rejects its report, whatever it is.
    private func continued(_ state: any Sendable, _ payload: [UInt8]) -> EncodedPingPongState? {
        // What is wrong with one report rejects it, for whatever reason.
        guard let inbound = try? PingPongMessage(decoding: payload) else { return nil }
        return try? vdaf.pingPongContinued(aggregationParameter: parameter, state: state, inbound: inbound)
    }

    private mutating func commit(_ outputShare: [UInt8], of entry: Entry) throws(Failure) {
        do {
            let time = entry.share.metadata.time
            try sums.add(outputShare, of: entry.id, time: time, to: task.bucketKey(time, batchID))
        } catch {
            throw .failedHere("an output share cannot be added: \(error)")
        }
    }
}
