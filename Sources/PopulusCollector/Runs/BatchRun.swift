import Foundation
import PopulusDAP
import PopulusEvents
import PopulusHTTPRequests
import PopulusTLS

/// One run that collects a batch: waits for the end of its interval, sees whether a Leader is there, collects, and tells all
/// of it.
///
/// Its last event comes when nothing of it is under way any more. The state file stays until the result is in safety:
/// ``settle(_:)``.
package final class BatchRun: Sendable {
    private let task: BatchTask
    private let version: String
    private let requester: DAPRequester
    private let watch: LeaderWatch
    private let collection: BatchCollection
    private let listeners: Listeners<BatchEvent>
    /// Whether it is seen first that a Leader is there.
    private let looksFirst: Bool

    /// - Parameters:
    ///   - token: the Collector's bearer token at the Leader.
    ///   - version: that of the program, for the record.
    ///   - patience: for how long a Leader that has answered once may be away, in seconds.
    ///   - tls: which authorities are trusted, and what is shown to a Leader that asks for a certificate.
    ///   - jobs: the Leader's collection jobs, where they are not asked for over HTTP.
    package init(
        _ task: BatchTask, token: String, statePath: String, version: String, patience: Double,
        tls: ClientTLS? = nil, jobs: (any CollectionJobs)? = nil, listeners: [any EventListener<BatchEvent>]
    ) {
        let listeners = Listeners<BatchEvent>(listeners)
        let requester = DAPRequester(patience: .init(later: patience), tls: tls) {
            listeners.hear(.waiting(.leader($0)))
        }
        watch = LeaderWatch(
            task: task.id, configuration: task.configuration, token: token, tellsReports: true, tls: tls
        ) { listeners.hear(BatchEvent($0)) }
        (self.task, self.version, self.listeners, self.requester) = (task, version, listeners, requester)
        looksFirst = jobs == nil
        collection = BatchCollection(
            task: task,
            jobs: jobs
                ?? LeaderCollectionJobs(
                    task: task.id, configuration: task.configuration, token: token, resultType: .collectionJobResp,
                    requester: requester),
            statePath: statePath)
    }

    /// Asks for a batch and waits for its result.
    ///
    /// - Parameters:
    ///   - candidates: Poplar1's.
    ///   - isNew: whether the collection begins with this run.
    ///   - end: that of the interval, in seconds since the Epoch, where it is to be waited for.
    package func collect(
        _ start: BatchState, candidates: CandidateList? = nil, isNew: Bool, waitingUntil end: UInt64? = nil
    ) async throws(CollectorError) -> BatchRecord {
        let query = try query(of: start)
        listeners.hear(.started(BatchStart(task: task.id, query: query, isNew: isNew, waitsUntil: end)))
        if let end { try await WaitingChange.wait(until: end) { [listeners] in listeners.hear(BatchEvent($0)) } }
        if isNew, looksFirst { try await requester.checkLeader(of: task.configuration) }
        var state = start
        let answer = try await collection.collect(&state) { [listeners, watch] in
            listeners.hear(.asked)
            watch.begin()
        }
        let report = try BatchReport(
            vdaf: task.configuration.vdaf, answer: answer, precision: task.configuration.timePrecision,
            candidates: candidates, noise: task.noise.map { NoiseFacts($0, task.configuration.vdaf) })
        var facts = report.facts(
            task: task, version: version, asked: query, began: state.began,
            ended: UInt64(max(0, Date().timeIntervalSince1970)))
        facts.rejections = await collection.rejections(of: state)
        return BatchRecord(report: report, facts: facts, job: state.job)
    }

    private func query(of state: BatchState) throws(CollectorError) -> Query {
        // The bytes are this program's own: why they are none now makes no difference.
        guard let asked = try? CollectionJobReq(decoding: [UInt8](state.request)) else {
            throw .inconsistent("the request in the state file cannot be read")
        }
        return asked.query
    }

    /// Lets go of a collection whose result is in safety: the next one asks for another batch.
    package func settle(_ state: BatchState) async throws(CollectorError) { try await collection.finish(state) }

    /// Deletes the job, whatever becomes of it.
    package func abandon(_ state: BatchState) async throws(CollectorError) { try await collection.abandon(state) }

    /// Ends the run, and tells how.
    ///
    /// - Parameter outcome: nothing where nothing was collected.
    package func end(_ outcome: Result<BatchRecord, CollectorError>?) async {
        await listeners.end(watch, requester, with: outcome)
    }
}
