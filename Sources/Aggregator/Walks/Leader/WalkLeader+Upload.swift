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
        let queue = task.uploadQueue
        let errors = try await writing("upload") { transaction in
            // The batch of a walk is frozen (rule 5): by time a report that comes later joins no walk any more.
            try ReportIntake.store(uploads, in: queue, transaction)
        }
        return errors.isEmpty ? nil : UploadErrors(status: errors).encoded()
    }
}
