import DAP

/// The Leader's collection jobs, as a Collector uses them.
package protocol CollectionJobs: Sendable {
    /// Creates a job, or finds the one that the same bytes created before.
    func create(_ request: [UInt8]) async throws(CollectorError) -> CollectionJobID

    /// Waits for a job's result: the body of a `WalkCollectionJobResp`.
    func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8]

    /// Deletes a job, and with it the walk that it belongs to; a job that is not there is no error.
    func delete(_ job: CollectionJobID) async throws(CollectorError)
}
