import PopulusDAP

extension Leader {
    /// Takes an `UploadRequest`.
    ///
    /// Returns an encoded `UploadErrors` if reports were turned away, otherwise nothing; either way only after the
    /// accepted reports are on disk.
    ///
    /// Spec: DAP §4.4.2.2
    package func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        try await checkKeys()
        let uploads = try ReportIntake(task: task, settings: settings).uploads(decoding: body, now: clock.now)
        // By time a report's batch may be collected already, or frozen (rule 5): it joins none any more then.
        let queue = task.uploadQueue
        let errors = try await writing("upload", .uploads) { try ReportIntake.store(uploads, in: queue, $0) }
        let accepted = uploads.count - errors.count
        core.meter.accepted(reports: accepted)
        if accepted > 0 { strategy.uploaded(reports: accepted, bytes: body.count) }
        return errors.isEmpty ? nil : UploadErrors(status: errors).encoded()
    }

    /// How far the task's work is.
    ///
    /// Spec: <doc:TaskStatuses>
    package func status() async throws(AggregatorError) -> TaskStatus {
        let strategy = strategy
        var status = try await reading("status") { [task] transaction in
            var status = TaskStatus(task)
            try strategy.describe(&status, in: transaction)
            status.collection = try transaction.collectionProgress(least: task.configuration.minBatchSize)
            status.end = try transaction.statusOfEnd()
            return status
        }
        status.reports = try await waitingReports()
        status.peer = watch.status
        return status
    }

    private func waitingReports() async throws(AggregatorError) -> WaitingReports {
        let strategy = strategy
        return try await waiting.value(at: clock.now, least: task.configuration.minBatchSize) {
            () async throws(AggregatorError) in
            let found = try await reading("waiting reports") { try strategy.countWaiting(in: $0) }
            return (found.count, task.seconds(found.oldest))
        }
    }

    package var storeMeter: StoreMeter? { core.storeMeter }

    package func figures() async throws(AggregatorError) -> TaskFigures {
        var figures = try await storedFigures()
        figures.waiting = try await waitingReports()
        return figures
    }
}
