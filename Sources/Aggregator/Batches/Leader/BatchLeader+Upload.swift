import DAP
import WireCodec

extension BatchLeader {
    /// Takes an `UploadRequest`.
    ///
    /// Returns an encoded `UploadErrors` if reports were turned away, otherwise nothing; either way only after the
    /// accepted reports are on disk.
    ///
    /// Spec: DAP §4.4.2.2
    package func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        let uploads = try ReportIntake(task: task, settings: settings).uploads(decoding: body, now: clock.now)
        // A report goes into the next batch that the Leader selects; by time its batch may be collected already.
        let queue = task.uploadQueue
        let errors = try await writing("upload") { transaction in
            try ReportIntake.store(uploads, in: queue, transaction)
        }
        let accepted = uploads.count - errors.count
        if accepted > 0, arrivals.add(reports: accepted, bytes: body.count, settings: settings) {
            news.notify(.reports)
        }
        return errors.isEmpty ? nil : UploadErrors(status: errors).encoded()
    }
}
