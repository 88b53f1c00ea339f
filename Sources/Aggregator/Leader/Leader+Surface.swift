import DAP

extension Leader {
    package func upload(task id: TaskID, body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        throw .internal("not yet")
    }
    package func createCollectionJob(task id: TaskID, body: [UInt8]) async throws(AggregatorError) -> CollectionJobID {
        throw .internal("not yet")
    }
    package func collectionJob(
        task id: TaskID, id job: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        throw .internal("not yet")
    }
    package func deleteCollectionJob(task id: TaskID, id job: CollectionJobID) async throws(AggregatorError) {
        throw .internal("not yet")
    }
    /// Drives walks until the calling task is cancelled; first of all those that a restart left unfinished.
    package func run() async throws(AggregatorError) {}
}
