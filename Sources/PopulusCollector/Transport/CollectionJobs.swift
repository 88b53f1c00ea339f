import PopulusDAP

/// The Leader's collection jobs, as a Collector uses them.
package protocol CollectionJobs: Sendable {
    /// Creates a job, or finds the one that the same bytes created before.
    func create(_ request: [UInt8]) async throws(CollectorError) -> CreatedJob

    /// Waits for a job's result: the body of a `CollectionJobResp`, or a `WalkCollectionJobResp`.
    func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8]

    /// The reports that the aggregators rejected of a job's batch, or of its walk; nothing where they are not told.
    ///
    /// A result is one without them too: a Leader that does not tell, or is away, costs no more than some seconds.
    func rejections(of job: CollectionJobID) async -> [RejectedReports]?

    /// Deletes a job, and with it the walk that it belongs to; a job that is not there is no error.
    func delete(_ job: CollectionJobID) async throws(CollectorError)
}

extension CollectionJobs {
    /// A Leader that does not tell them.
    package func rejections(of job: CollectionJobID) async -> [RejectedReports]? { nil }
}

/// A collection job, as the Leader answers its creation.
package struct CreatedJob: Hashable, Sendable {
    package let id: CollectionJobID
    /// The result, where the Leader had it at once.
    package let result: [UInt8]?

    package init(id: CollectionJobID, result: [UInt8]? = nil) {
        self.id = id
        self.result = result
    }
}
