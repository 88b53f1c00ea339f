import DAP

/// The Leader of one task, as its routes see it: ``WalkLeader`` or ``BatchLeader``.
package protocol LeaderService: Sendable {
    var task: AggregatorTask { get }
    var settings: AggregatorSettings { get }

    /// The keys that clients seal their shares to.
    func hpkeConfigList() -> HpkeConfigList

    /// How many reports were turned away, by reason and by where it showed.
    func reportCounts() async throws(AggregatorError) -> [ReportCount]

    /// Takes an `UploadRequest`; returns an encoded `UploadErrors` if reports were turned away.
    ///
    /// Spec: DAP §4.4.2.2
    func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]?

    /// Takes a `CollectionJobReq`.
    ///
    /// Spec: DAP §4.6.1
    func createCollectionJob(body: [UInt8]) async throws(AggregatorError) -> CollectionJobID

    /// The same, for a Collector that needs so many reports at least: where fewer wait no walk begins.
    ///
    /// Spec: <doc:WalkExtension>
    func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID

    /// A collection job's result, held back until it is ready or `limit` (at most the settings' longest) is over.
    func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus

    /// What is known of the Helper.
    var watch: PeerWatch { get }
    /// What goes wrong again and again.
    var troubles: Troubles { get }

    /// How far the task's work is, for who has a token of it.
    ///
    /// Spec: <doc:TaskStatuses>
    func status() async throws(AggregatorError) -> TaskStatus

    func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError)

    /// The Leader's own work: call it once; it ends when the calling task is cancelled.
    func run() async throws(AggregatorError)
}

extension LeaderService {
    /// What has no walks has no threshold either.
    package func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID {
        try await createCollectionJob(body: body)
    }
}

/// A collection job as it is polled.
package enum CollectionJobStatus: Sendable, Equatable {
    case pending
    case ready(body: [UInt8], mediaType: MediaType)
}

extension AggregatorTask {
    /// The Leader that the task's kind needs.
    package func makeLeader(
        store: any TaskStore, peer: any HelperPeer, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) -> any LeaderService {
        switch kind {
        case .walk: try WalkLeader(task: self, store: store, peer: peer, settings: settings, machine: machine)
        case .batch: try BatchLeader(task: self, store: store, peer: peer, settings: settings, machine: machine)
        }
    }
}
