import PopulusDAP
import PopulusWireCodec

/// Where a report's bytes enter: decoded, checked as far as that goes without opening, and stored.
///
/// Both kinds of Leaders take uploads this way.
///
/// Spec: DAP §4.4.2.2
struct ReportIntake: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings

    /// A report of an upload, and why it is refused if it is.
    struct Upload: Sendable {
        let id: ReportID
        let time: Time
        let refusal: ReportError?
        let body: [UInt8]
    }

    /// Takes an `UploadRequest` apart.
    func uploads(decoding body: [UInt8], now: UInt64) throws(AggregatorError) -> [Upload] {
        let request: UploadRequest
        do { request = try UploadRequest(decoding: body) } catch {
            throw .invalidMessage("the upload request does not decode")
        }
        let publicShareSize = task.vdaf.publicShareSize
        return request.reports.map { report in
            Upload(
                id: report.metadata.reportID, time: report.metadata.time,
                refusal: refusal(of: report, publicShareSize: publicShareSize, now: now),
                body: report.encoded())
        }
    }

    /// What is wrong with a report as far as the Leader can tell without opening it.
    private func refusal(of report: Report, publicShareSize: Int, now: UInt64) -> ReportError? {
        let time = report.metadata.time
        let keyID = report.leaderEncryptedInputShare.configID
        if !task.receiver.takesUploads(configID: keyID) { return .outdatedConfig }
        task.keyUse.note(keyID)
        // First, as no later upload mends it.
        if let interval = task.taskInterval, !interval.contains(time) { return .reportDropped }
        if isForgotten(time, settings: settings, task: task) { return .reportDropped }
        if ReportExpiry(settings, task).isExpired(time, at: now) { return .reportDropped }
        if isTooEarly(time, now: now, skew: settings.toleratedClockSkew, task: task) { return .reportTooEarly }
        // Junk would count towards a batch's least size until its shares are opened.
        if report.publicShare.count != publicShareSize { return .invalidMessage }
        if report.encodedLength > settings.greatestReportBytes { return .invalidMessage }
        // No report extension is known here, and extensions are mandatory to support.
        if !report.metadata.publicExtensions.isEmpty { return .invalidMessage }
        return nil
    }

    /// Stores what is not refused, and says what was turned away, in the order of the request.
    ///
    /// A report whose ID is known, be it a copy of the same bytes, is discarded and answered with `report_replayed`: a
    /// client that repeats an upload whose answer it missed takes that as success.
    ///
    /// - Parameter queue: where they wait.
    static func store(
        _ uploads: [Upload], in queue: UploadQueue, _ transaction: any StoreTransaction
    ) throws -> [ReportUploadStatus] {
        // What a report of this time may have been bound to may be forgotten (rule 1), whatever this process's clock says.
        let first = try uploads.contains { $0.refusal == nil } ? transaction.forgottenBefore() : 0
        let fine = uploads.filter { $0.refusal == nil && $0.time.units >= first }
            .map { NewUpload($0.id, time: $0.time.units, body: $0.body) }
        // Its operator has ended the task: looked at here, so that none comes after the end, whatever process takes it.
        let end: ReportError? = try !fine.isEmpty && transaction.isClosed ? .taskExpired : nil
        let isTaken = !fine.isEmpty && end == nil
        var outcomes = (isTaken ? try transaction.insertReports(fine, in: queue) : []).makeIterator()
        var errors: [ReportUploadStatus] = []
        var counts: [ReportError: Int] = [:]
        for upload in uploads {
            let forgotten: ReportError? = upload.time.units < first ? .reportDropped : nil
            guard let error = upload.refusal ?? end ?? forgotten ?? outcomes.next()?.error else { continue }
            errors.append(ReportUploadStatus(id: upload.id, error: error))
            counts[error, default: 0] += 1
        }
        // In one order: uploads run beside each other, and two of them must not wait for one another's rows.
        for (error, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try transaction.addCount(error, at: .upload, count)
        }
        return errors
    }
}

extension UploadOutcome {
    /// What its client is told; nothing where it is stored.
    fileprivate var error: ReportError? {
        switch self {
        case .stored: nil
        case .replayed: .reportReplayed
        case .collected: .batchCollected
        }
    }
}

/// Whether a report's time is further in the future than clocks differ.
///
/// Spec: DAP §4.5.3.4
func isTooEarly(_ time: Time, now: UInt64, skew: UInt64, task: AggregatorTask) -> Bool {
    let (limit, overflow) = now.addingReportingOverflow(skew)
    guard !overflow else { return false }
    return time > Time(secondsSinceEpoch: limit, precision: task.configuration.timePrecision)
}

/// Whether a report may have been evaluated and forgotten: a store of the task was lost after its time.
///
/// Rule 1 of the walk: such a report is refused for ever, by each aggregator on its own.
func isForgotten(_ time: Time, settings: AggregatorSettings, task: AggregatorTask) -> Bool {
    guard settings.earliestReportTime > 0 else { return false }
    return time < Time(secondsSinceEpoch: settings.earliestReportTime, precision: task.configuration.timePrecision)
}
