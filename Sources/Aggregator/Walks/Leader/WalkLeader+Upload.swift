import DAP
import WireCodec

extension WalkLeader {
    /// Takes an `UploadRequest`.
    ///
    /// Returns an encoded `UploadErrors` if reports were turned away, otherwise nothing; either way only after the
    /// accepted reports are on disk.
    ///
    /// Spec: DAP §4.4.2.2
    package func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        let uploads = try ReportIntake(task: task, settings: settings).uploads(decoding: body, now: clock.now)
        let isByTime = task.configuration.batchMode == .timeInterval
        let errors = try await writing("upload") { transaction in
            let walked = isByTime ? try transaction.walks().map { $0.intervalStart..<$0.intervalEnd } : []
            // The batch is frozen (rule 5): a report that comes later joins no walk any more.
            return try ReportIntake.store(uploads, in: transaction) { time in
                walked.contains { $0.contains(time.units) }
            }
        }
        return errors.isEmpty ? nil : UploadErrors(status: errors).encoded()
    }
}
