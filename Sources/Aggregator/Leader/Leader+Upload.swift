import DAP
import WireCodec

/// Where a report's bytes enter.
extension Leader {
    /// Takes an `UploadRequest`.
    ///
    /// Returns an encoded `UploadErrors` if reports were turned away, otherwise nothing; either way only after the
    /// accepted reports are on disk.
    ///
    /// A report whose ID is known, be it a copy of the same bytes, is discarded and answered with `report_replayed`: a
    /// client that repeats an upload whose answer it missed takes that as success.
    ///
    /// Spec: DAP §4.4.2.2
    package func upload(task id: TaskID, body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        try check(id)
        let request: UploadRequest
        do { request = try UploadRequest(decoding: body) } catch {
            throw .invalidMessage("the upload request does not decode")
        }
        let now = clock.now
        let uploads = request.reports.map { report in
            Upload(
                id: report.metadata.reportID, time: report.metadata.time, refusal: refusal(of: report, now: now),
                body: report.encoded())
        }
        let isByTime = task.configuration.batchMode == .timeInterval
        let errors = try await writing("upload") { transaction in
            let walked = isByTime ? try transaction.walks().map { $0.intervalStart..<$0.intervalEnd } : []
            return try Self.store(uploads, walked: walked, in: transaction)
        }
        return errors.isEmpty ? nil : UploadErrors(status: errors).encoded()
    }

    /// What is wrong with a report as far as the Leader can tell without opening it.
    private func refusal(of report: Report, now: UInt64) -> ReportError? {
        let time = report.metadata.time
        if !task.receiver.recognizes(configID: report.leaderEncryptedInputShare.configID) { return .outdatedConfig }
        if isTooEarly(time, now: now, skew: settings.toleratedClockSkew, task: task) { return .reportTooEarly }
        if let interval = task.taskInterval, !interval.contains(time) { return .reportDropped }
        // Junk would count towards a batch's least size until its shares are opened.
        if report.publicShare.count != task.publicShareSize { return .invalidMessage }
        if report.encodedLength > settings.greatestShardBytes / 4 { return .invalidMessage }
        // No report extension is known here, and extensions are mandatory to support.
        if !report.metadata.publicExtensions.isEmpty { return .invalidMessage }
        return nil
    }

    private static func store(
        _ uploads: [Upload], walked: [Range<UInt64>], in transaction: any StoreTransaction
    ) throws -> [ReportUploadStatus] {
        var errors: [ReportUploadStatus] = []
        var counts: [ReportError: Int] = [:]
        for upload in uploads {
            var error = upload.refusal
            // The batch is frozen (rule 5): a report that comes later joins no walk any more.
            if error == nil, walked.contains(where: { $0.contains(upload.time.units) }) { error = .batchCollected }
            if error == nil, try !transaction.insertReport(upload.id, time: upload.time.units, body: upload.body) {
                error = .reportReplayed
            }
            guard let error else { continue }
            errors.append(ReportUploadStatus(id: upload.id, error: error))
            counts[error, default: 0] += 1
        }
        for (error, count) in counts { try transaction.addCount(error, at: .upload, count) }
        return errors
    }
}

private struct Upload: Sendable {
    let id: ReportID
    let time: Time
    let refusal: ReportError?
    let body: [UInt8]
}

/// Whether a report's time is further in the future than clocks differ.
///
/// Spec: DAP §4.5.3.4
func isTooEarly(_ time: Time, now: UInt64, skew: UInt64, task: AggregatorTask) -> Bool {
    let (limit, overflow) = now.addingReportingOverflow(skew)
    guard !overflow else { return false }
    return time > Time(secondsSinceEpoch: limit, precision: task.configuration.timePrecision)
}
