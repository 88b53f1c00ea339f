import PopulusDAP

/// The Leader of one task, as its routes see it (``Leader``).
package protocol LeaderService: AggregatorService {
    /// Takes an `UploadRequest`; returns an encoded `UploadErrors` if reports were turned away.
    ///
    /// Spec: DAP §4.4.2.2
    func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]?

    /// Takes a `CollectionJobReq`.
    ///
    /// - Parameter leastReports: what the Collector needs at least: where fewer wait no walk begins.
    ///
    /// Spec: DAP §4.6.1; <doc:WalkExtension>
    func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID

    /// A collection job's result, held back until it is ready or `limit` (at most the settings' longest) is over.
    func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus

    /// The reports that were rejected of a collection job's batch, or of its walk: an encoded `CollectionJobRejections`.
    ///
    /// - Throws: `notFound` as long as they are not told, and where not all of them were counted.
    ///
    /// Spec: <doc:Rejections>
    func rejections(of id: CollectionJobID) async throws(AggregatorError) -> [UInt8]

    /// What is known of the Helper.
    var watch: PeerWatch { get }

    func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError)
}

extension LeaderService {
    /// A Leader that does not count them.
    package func rejections(of id: CollectionJobID) async throws(AggregatorError) -> [UInt8] { throw .notFound }

    /// The same for a Collector that needs no more reports than the task's least batch has.
    package func createCollectionJob(body: [UInt8]) async throws(AggregatorError) -> CollectionJobID {
        try await createCollectionJob(body: body, leastReports: 0)
    }
}

/// A collection job as it is polled.
package enum CollectionJobStatus: Sendable, Equatable {
    case pending
    case ready(body: [UInt8], mediaType: MediaType)
}
