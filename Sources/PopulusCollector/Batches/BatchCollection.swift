import Foundation
import PopulusDAP
import PopulusDurableFiles

/// Collects one batch: asks, waits, opens; the same request again goes on where it was interrupted.
///
/// Spec: DAP §4.6.1, §4.6.6
package struct BatchCollection: Sendable {
    private let task: BatchTask
    private let jobs: any CollectionJobs
    private let statePath: String

    package init(task: BatchTask, jobs: any CollectionJobs, statePath: String) {
        self.task = task
        self.jobs = jobs
        self.statePath = statePath
    }

    /// Asks for a batch and waits for its result.
    ///
    /// The state file stays until ``finish(_:)``, so that the result can be had again.
    ///
    /// - Parameters:
    ///   - state: new, or as it was read; durable before anything is sent.
    ///   - waiting: called when the Leader takes its time.
    package func collect(
        _ state: inout BatchState, waiting: @escaping @Sendable () -> Void = {}
    ) async throws(CollectorError) -> BatchAnswer {
        let request = [UInt8](state.request)
        try state.save(to: statePath)
        let created = try await jobs.create(request)
        state.job = created.id
        try state.save(to: statePath)
        let body: [UInt8]
        if let result = created.result {
            body = result
        } else {
            waiting()
            body = try await jobs.result(of: created.id)
        }
        return try BatchAnswer(body: body, request: request, task: task)
    }

    /// The reports that the aggregators rejected of a batch that has a result; nothing where they are not told.
    package func rejections(of state: BatchState) async -> [RejectedReports]? {
        guard let job = state.job else { return nil }
        return await jobs.rejections(of: job)
    }

    /// Ends a collection whose result is safe, or that has none: the next one asks for another batch.
    ///
    /// A job over an interval of time stays, so that the same interval can be asked for again.
    package func finish(_ state: BatchState) async throws(CollectorError) {
        if task.configuration.batchMode == .leaderSelected {
            try await abandon(state)
        } else {
            try remove()
        }
    }

    /// Deletes the job, whatever becomes of it.
    package func abandon(_ state: BatchState) async throws(CollectorError) {
        var state = state
        if let job = state.job {
            state.isDone = true
            try state.save(to: statePath)
            try await jobs.delete(job)
        }
        try remove()
    }

    private func remove() throws(CollectorError) {
        do throws(DurableFileError) {
            try DurableFile.remove(statePath)
        } catch {
            throw .stateNotWritten(error)
        }
    }
}
