import PopulusDAP
import PopulusEvents
import PopulusHTTPRequests
import PopulusTLS

/// One run of a walk: waits for the end of its interval, sees whether a Leader is there, walks, and tells all of it.
///
/// Its last event comes when nothing of it is under way any more. The walk's state file stays until whoever runs it has the
/// result in safety.
package final class WalkRun: Sendable {
    private let task: DiscoveryTask
    private let requester: DAPRequester
    private let watch: LeaderWatch
    private let discovery: Discovery
    private let listeners: Listeners<WalkEvent>
    /// Whether it is seen first that a Leader is there.
    private let looksFirst: Bool

    /// - Parameters:
    ///   - token: the Collector's bearer token at the Leader.
    ///   - leastReports: a walk over fewer reports is of no use.
    ///   - version: that of the program, for the record.
    ///   - patience: for how long a Leader that has answered once may be away, in seconds.
    ///   - tls: which authorities are trusted, and what is shown to a Leader that asks for a certificate.
    ///   - jobs: the Leader's collection jobs, where they are not asked for over HTTP.
    package init(
        _ task: DiscoveryTask, token: String, leastReports: UInt64, statePath: String, version: String,
        patience: Double, tls: ClientTLS? = nil, jobs: (any CollectionJobs)? = nil,
        listeners: [any EventListener<WalkEvent>]
    ) {
        let listeners = Listeners<WalkEvent>(listeners)
        let requester = DAPRequester(patience: .init(later: patience), tls: tls) {
            listeners.hear(.waiting(.leader($0)))
        }
        let watch = LeaderWatch(
            task: task.id, configuration: task.configuration, token: token, tellsReports: false, tls: tls
        ) { listeners.hear(WalkEvent($0)) }
        (self.task, self.listeners, self.requester, self.watch) = (task, listeners, requester, watch)
        looksFirst = jobs == nil
        discovery = Discovery(
            task: task,
            jobs: jobs
                ?? LeaderCollectionJobs(
                    task: task.id, configuration: task.configuration, token: token, resultType: .walkCollectionJobResp,
                    leastReports: leastReports, requester: requester),
            statePath: statePath, version: version
        ) { event in
            if case .asking = event { watch.begin() } else { watch.pause() }
            listeners.hear(event)
        }
    }

    /// Walks from `state` to the end.
    ///
    /// - Parameters:
    ///   - isNew: whether the walk begins with this run.
    ///   - end: that of the interval, in seconds since the Epoch, where it is to be waited for.
    package func walk(
        from state: DiscoveryState, isNew: Bool, waitingUntil end: UInt64? = nil
    ) async throws(CollectorError) -> WalkRecord {
        let least = task.configuration.minBatchSize
        listeners.hear(
            .started(
                WalkStart(
                    task: task.id, walk: state.walk, options: state.options, isNew: isNew,
                    stepsAnswered: state.steps.count, bits: task.bits, waitsUntil: end, leastBatch: least,
                    leastLateRejectionLimit: task.walk.lateRejectionLimit(initialCount: least))))
        if let end { try await WaitingChange.wait(until: end) { [listeners] in listeners.hear(WalkEvent($0)) } }
        if isNew, looksFirst { try await requester.checkLeader(of: task.configuration) }
        return try await discovery.run(from: state)
    }

    /// Ends a walk without a result: the aggregators erase what they keep of it.
    package func abandon(_ state: DiscoveryState) async throws(CollectorError) { try await discovery.abandon(state) }

    /// Ends the run, and tells how.
    ///
    /// - Parameter outcome: nothing where there was no walk.
    package func end(_ outcome: Result<WalkRecord, CollectorError>?) async {
        await listeners.end(watch, requester, with: outcome)
    }
}
